//! Every case, put to the server's pure functions.

use std::collections::{BTreeMap, BTreeSet};

use sealyard::identity::permission::{Refusal, Standing, Suspended, TABLE, admit, row};

use super::oracle::{self, Case, Profile, cases, expect};
use super::server::{self, Question, Subject};

/// Runs a piece of work for each operation, on all processors, and collects what they found.
pub(super) fn for_each_operation<T: Send>(
    work: impl Fn(&'static str) -> Vec<T> + Send + Sync,
) -> Vec<T> {
    let operations: Vec<_> = oracle::operations().collect();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|worker| {
                let mine: Vec<_> = operations
                    .iter()
                    .copied()
                    .skip(worker)
                    .step_by(workers)
                    .collect();
                scope.spawn(move || mine.into_iter().flat_map(work).collect::<Vec<_>>())
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("the work of a thread"))
            .collect()
    })
}

#[test]
fn the_server_answers_every_case_as_the_oracle_demands() {
    let differences = for_each_operation(|operation| {
        let subject = server::subject(operation);
        let mut found = BTreeMap::new();
        for case in cases::of_operation(operation) {
            if !server::is_about_reading_a_web_token(&case)
                && let Some(difference) = difference(&subject, &case)
            {
                let (count, _) = found.entry(difference).or_insert((0, case));
                *count += 1;
            }
        }
        let told = found.into_iter().map(|(difference, (count, case))| {
            format!("{operation}: {difference}\n    {count} cases, the first is {case:?}")
        });
        told.collect()
    });
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

fn difference(subject: &Subject, case: &Case) -> Option<String> {
    let (expected, answer) = (expect(case), Question::new(case).ask(&subject.row));
    let message = oracle::message(case, expected);
    let sentence = subject.sentence(case, answer);
    (expected != answer || message != sentence)
        .then(|| format!("{expected:?} {message:?} demanded, {answer:?} {sentence:?} given"))
}

#[test]
fn the_server_and_the_oracle_know_the_same_operations() {
    let known: BTreeSet<_> = TABLE.iter().map(|known| row(*known).id).collect();
    assert_eq!(known, oracle::operations().collect());
}

#[test]
fn the_headers_name_what_the_oracle_demands() {
    let mut differences = BTreeMap::new();
    for operation in oracle::operations() {
        let subject = server::subject(operation);
        let wanted = oracle::row(operation, true);
        let header = wanted.header.join(", ");
        if subject.row.accepted_scopes != header {
            differences.insert(operation, (subject.row.accepted_scopes.to_owned(), header));
        }
        for profile in [Profile::Ghes32, Profile::GithubCom] {
            let wanted = oracle::permission_header(operation, profile);
            let row = subject.row.accepted_permissions(server::profile(profile));
            if row != wanted {
                let texts = [row, wanted].map(Option::unwrap_or_default);
                differences.insert(operation, texts.into());
            }
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

/// What ended is refused as that, whoever is suspended too.
#[test]
fn what_ended_comes_before_who_is_suspended() {
    let everybody = [
        None,
        Some(Suspended::User),
        Some(Suspended::Installation),
        Some(Suspended::App),
    ];
    for suspended in everybody {
        for (revoked, expires_at) in [(true, None), (false, Some(100)), (true, Some(101))] {
            let standing = Standing {
                revoked,
                expires_at,
                suspended,
            };
            assert_eq!(admit(&standing, 100), Err(Refusal::BadCredentials));
        }
        let standing = Standing {
            revoked: false,
            expires_at: Some(101),
            suspended,
        };
        let expected = suspended.map_or(Ok(()), |who| Err(Refusal::Suspended(who)));
        assert_eq!(admit(&standing, 100), expected);
    }
}
