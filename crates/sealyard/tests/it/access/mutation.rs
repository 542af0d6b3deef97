//! Whether the cases notice anything: each cell of the server's table is changed to everything it
//! might have been instead, and the comparison has to find each of these mutants.
//!
//! What nobody can find is counted as equivalent, and only for the reasons that
//! [`Unseen`] gives.

use std::collections::{BTreeMap, BTreeSet};

use sealyard::directory::{OrganizationRole, RepositoryRole};
use sealyard::http::profile::Profile as ServerProfile;
use sealyard::identity::permission::{Ask, Level, Need, Permission, Remote, Row, TABLE, row};
use sealyard::identity::scopes::{Scope, Scopes};

use super::in_process::for_each_operation;
use super::oracle::{self, Answer, Case, cases, expect};
use super::server::{self, Question, Subject};

/// Which cell was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Need,
    Ask,
    Remote,
    AcceptedScopes,
    Refusal,
}

/// Why a mutant answers every request as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unseen {
    /// Everybody may read a page of the server as everybody may see an organisation.
    BothAreForEverybody,
    /// A scope that contains one of the list is in it already, and one that a scope of the list
    /// contains stands for it.
    TheSameTokensHaveTheScopes,
    /// It is for everybody, for site administrators or for one kind of credential: no permission
    /// is looked at. The header that names it changes, and is compared as well.
    NoPermissionIsAsked,
    /// Seeing repositories, where the path names none, is what every credential may. The header
    /// changes.
    MetadataOfNothing,
    /// Whoever sees a repository may read it: its page asks for nothing more, in whichever words.
    /// Without the permission's name the header changes.
    SeeingIsReading,
    /// Every user who sees a repository may review there, with the scope for public ones at least: a
    /// token that sees a private one has that scope, too.
    SeeingIsReviewing,
    /// The path names no place. So no user has the role, which refuses users as before, and an
    /// installation is asked for no permission, which lets it pass as before.
    NoRoleInNothing,
    /// Where only a web token will do, no runner's token gets so far.
    OnlyWebTokensAreRead,
    /// Nobody's scopes and role are too little there, so nobody hears a sentence.
    NobodyHearsIt,
}

/// What became of a mutant.
#[derive(Debug)]
enum Fate {
    Caught,
    Equivalent(Unseen),
    Survived(String),
}

#[test]
fn no_cell_of_the_table_changes_unnoticed() {
    let fates = for_each_operation(|operation| Bench::new(operation).try_all());
    let mut counts: BTreeMap<(Cell, Option<Unseen>), u32> = BTreeMap::new();
    let mut survivors = Vec::new();
    for (cell, fate) in fates {
        let reason = match fate {
            Fate::Caught => None,
            Fate::Equivalent(reason) => Some(reason),
            Fate::Survived(who) => {
                survivors.push(who);
                continue;
            }
        };
        *counts.entry((cell, reason)).or_default() += 1;
    }
    println!("| cell | mutants | |\n|---|---|---|");
    for ((cell, reason), count) in &counts {
        let fate = reason.map_or("caught".to_owned(), |why| format!("equivalent: {why:?}"));
        println!("| {cell:?} | {count} | {fate} |");
    }
    assert!(survivors.is_empty(), "\n{}", survivors.join("\n"));
    let caught: u32 = counts
        .iter()
        .filter(|((_, reason), _)| reason.is_none())
        .map(|(_, count)| count)
        .sum();
    assert!(caught > 5_000, "{counts:?}");
}

/// An operation, all questions about it, and the answers that are demanded.
struct Bench {
    operation: &'static str,
    subject: Subject,
    questions: Vec<(Case, Question, Answer, Option<&'static str>)>,
}

impl Bench {
    fn new(operation: &'static str) -> Self {
        let mut questions: Vec<_> = cases::of_operation(operation)
            .filter(|case| !server::is_about_reading_a_web_token(case))
            .map(|case| {
                let answer = expect(&case);
                let message = oracle::message(&case, answer);
                let question = Question::new(&case);
                (case, question, answer, message)
            })
            .collect();
        // Neighbours are alike, and a mutant is found sooner among strangers.
        let mut place = 0_u64;
        questions.sort_by_cached_key(|_| {
            place = place.wrapping_add(0x9e37_79b9_7f4a_7c15);
            place
        });
        Self {
            operation,
            subject: server::subject(operation),
            questions,
        }
    }

    fn try_all(&self) -> Vec<(Cell, Fate)> {
        assert!(!self.is_caught(&self.subject), "{}", self.operation);
        let mut fates = Vec::new();
        for need in needs(self.subject.row.need) {
            let mutant = self.with(|row| row.need = need);
            fates.push(self.judge(Cell::Need, mutant, &need));
        }
        for ask in asks(self.subject.row.ask) {
            let mutant = self.with(|row| row.ask = ask);
            fates.push(self.judge(Cell::Ask, mutant, &ask));
        }
        let remotes = [Remote::No, Remote::Either, Remote::Remove, Remote::Runner];
        for remote in remotes
            .into_iter()
            .filter(|r| *r != self.subject.row.remote)
        {
            let mutant = self.with(|row| row.remote = remote);
            fates.push(self.judge(Cell::Remote, mutant, &remote));
        }
        for header in headers(self.subject.row.accepted_scopes) {
            let mutant = self.with(|row| row.accepted_scopes = header);
            fates.push(self.judge(Cell::AcceptedScopes, mutant, &header));
        }
        for words in sentences(&self.subject.row) {
            let mutant = Subject {
                words,
                ..self.subject
            };
            fates.push(self.judge(
                Cell::Refusal,
                mutant,
                &words.refusal(ServerProfile::GithubCom),
            ));
        }
        fates
    }

    fn with(&self, change: impl FnOnce(&mut Row)) -> Subject {
        let mut mutant = self.subject;
        change(&mut mutant.row);
        mutant
    }

    fn judge(&self, cell: Cell, mutant: Subject, changed: &dyn std::fmt::Debug) -> (Cell, Fate) {
        let fate = if self.is_caught(&mutant) {
            Fate::Caught
        } else if let Some(reason) = self.unseen(cell, &mutant) {
            Fate::Equivalent(reason)
        } else {
            let was = &self.subject.row;
            Fate::Survived(format!(
                "{}: {cell:?} {changed:?} in {was:?}",
                self.operation
            ))
        };
        (cell, fate)
    }

    /// Whether a case is answered otherwise than demanded, or the header names something else.
    fn is_caught(&self, mutant: &Subject) -> bool {
        let wanted = oracle::row(self.operation, true).header.join(", ");
        mutant.row.accepted_scopes != wanted
            || self
                .questions
                .iter()
                .any(|(case, question, demanded, message)| {
                    let answer = question.ask(&mutant.row);
                    answer != *demanded || mutant.sentence(case, answer) != *message
                })
    }

    /// Why a mutant that no answer shows cannot be seen by anybody.
    fn unseen(&self, cell: Cell, mutant: &Subject) -> Option<Unseen> {
        let (was, now) = (&self.subject.row, &mutant.row);
        let names_nothing = oracle::row(self.operation, true).path == "none";
        let is_page = was.need == Need::Repository(RepositoryRole::Read)
            && was.ask == Ask::Of(Permission::METADATA, Level::Read);
        let reasons = match cell {
            Cell::Need => vec![
                (
                    for_everybody(was.need) && for_everybody(now.need),
                    Unseen::BothAreForEverybody,
                ),
                (
                    same_but_for_scopes(was.need, now.need) && same_scopes(was.need, now.need),
                    Unseen::TheSameTokensHaveTheScopes,
                ),
                (is_page && for_everybody(now.need), Unseen::SeeingIsReading),
                (
                    was.need == Need::Review && now.need == Need::Scoped(&[Scope::PUBLIC_REPO]),
                    Unseen::SeeingIsReviewing,
                ),
                (
                    names_nothing && was.need == Need::Installation && asks_for_a_role(now.need),
                    Unseen::NoRoleInNothing,
                ),
            ],
            Cell::Ask if !self.header_tells(mutant) => Vec::new(),
            Cell::Ask => vec![
                (
                    asks_for_no_permission(was.need),
                    Unseen::NoPermissionIsAsked,
                ),
                (
                    names_nothing && now.ask == Ask::Of(Permission::METADATA, Level::Read),
                    Unseen::MetadataOfNothing,
                ),
                (is_page && now.ask == Ask::Nothing, Unseen::SeeingIsReading),
            ],
            Cell::Remote => vec![(was.need == Need::App, Unseen::OnlyWebTokensAreRead)],
            Cell::AcceptedScopes => Vec::new(),
            Cell::Refusal => vec![(self.nobody_has_too_little(), Unseen::NobodyHearsIt)],
        };
        reasons
            .into_iter()
            .find_map(|(holds, reason)| holds.then_some(reason))
    }

    fn nobody_has_too_little(&self) -> bool {
        self.questions
            .iter()
            .all(|(_, _, answer, _)| *answer != Answer::TooLittleRights)
    }

    fn header_tells(&self, mutant: &Subject) -> bool {
        [oracle::Profile::Ghes32, oracle::Profile::GithubCom]
            .into_iter()
            .any(|profile| {
                mutant.row.accepted_permissions(server::profile(profile))
                    != oracle::permission_header(self.operation, profile)
            })
    }
}

const ROLES: [RepositoryRole; 5] = [
    RepositoryRole::Read,
    RepositoryRole::Triage,
    RepositoryRole::Write,
    RepositoryRole::Maintain,
    RepositoryRole::Admin,
];

/// Everything else that the operation might have asked of users.
fn needs(was: Need) -> Vec<Need> {
    let mut needs = vec![
        Need::Nothing,
        Need::Token,
        Need::User,
        Need::SeeOrganization,
        Need::PublicKey,
        Need::DeleteRepository,
        Need::App,
        Need::Installation,
        Need::UserOfApp,
        Need::Review,
        Need::Runner,
    ];
    needs.extend(server::SCOPES.map(Need::SiteAdmin));
    needs.extend(ROLES.map(Need::Repository));
    needs.extend(ROLES.map(Need::ChangeRepository));
    for list in lists(scopes_of(was)) {
        needs.push(Need::Scoped(list));
        needs.push(Need::Organization(OrganizationRole::Member, list));
        needs.push(Need::Organization(OrganizationRole::Owner, list));
    }
    needs.retain(|need| *need != was);
    needs
}

fn scopes_of(need: Need) -> Option<&'static [Scope]> {
    match need {
        Need::Scoped(scopes) | Need::Organization(_, scopes) => Some(scopes),
        Need::Nothing
        | Need::Token
        | Need::User
        | Need::SiteAdmin(_)
        | Need::SeeOrganization
        | Need::Repository(_)
        | Need::ChangeRepository(_)
        | Need::PublicKey
        | Need::DeleteRepository
        | Need::App
        | Need::Installation
        | Need::UserOfApp
        | Need::Review
        | Need::Runner => None,
    }
}

/// The list as it is, without each of its scopes, and with each of the others; where there is
/// none, each scope alone.
fn lists(was: Option<&'static [Scope]>) -> Vec<&'static [Scope]> {
    let Some(was) = was else {
        return server::SCOPES.map(|scope| leaked(vec![scope])).to_vec();
    };
    let mut lists = vec![was];
    for scope in server::SCOPES {
        let mut other: Vec<_> = was.iter().copied().filter(|s| *s != scope).collect();
        if other.len() == was.len() {
            other.push(scope);
        }
        lists.push(leaked(other));
    }
    lists
}

/// A row holds its scopes for ever; these are few.
fn leaked(scopes: Vec<Scope>) -> &'static [Scope] {
    Vec::leak(scopes)
}

/// Every other permission at every level, and none.
fn asks(was: Ask) -> Vec<Ask> {
    let permissions = [
        Permission::ACTIONS,
        Permission::ADMINISTRATION,
        Permission::DEPLOYMENTS,
        Permission::ENVIRONMENTS,
        Permission::MEMBERS,
        Permission::METADATA,
        Permission::ORGANIZATION_SECRETS,
        Permission::ORGANIZATION_RUNNERS,
        Permission::SECRETS,
    ];
    let mut asks = vec![Ask::Nothing];
    for level in [Level::Read, Level::Write, Level::Admin] {
        asks.push(Ask::EnvironmentSecrets(level));
        asks.extend(permissions.map(|permission| Ask::Of(permission, level)));
    }
    asks.retain(|ask| *ask != was);
    asks
}

/// The other headers of the table.
fn headers(was: &str) -> BTreeSet<&'static str> {
    let all = TABLE.iter().map(|known| row(*known).accepted_scopes);
    all.filter(|header| *header != was).collect()
}

/// A row for each of the other sentences of the table.
fn sentences(was: &Row) -> Vec<&'static Row> {
    let both =
        |row: &Row| [ServerProfile::Ghes32, ServerProfile::GithubCom].map(|p| row.refusal(p));
    let mut rows: BTreeMap<_, &'static Row> = BTreeMap::new();
    for known in TABLE {
        rows.insert(both(row(*known)), row(*known));
    }
    rows.remove(&both(was));
    rows.into_values().collect()
}

fn for_everybody(need: Need) -> bool {
    matches!(need, Need::Nothing | Need::SeeOrganization)
}

fn asks_for_a_role(need: Need) -> bool {
    matches!(
        need,
        Need::Organization(..)
            | Need::Repository(_)
            | Need::ChangeRepository(_)
            | Need::PublicKey
            | Need::DeleteRepository
            | Need::Review
    )
}

fn asks_for_no_permission(need: Need) -> bool {
    for_everybody(need)
        || matches!(
            need,
            Need::SiteAdmin(_) | Need::App | Need::Installation | Need::UserOfApp | Need::Runner
        )
}

fn same_but_for_scopes(was: Need, now: Need) -> bool {
    match (was, now) {
        (Need::Scoped(_), Need::Scoped(_)) => true,
        (Need::Organization(was, _), Need::Organization(now, _)) => was == now,
        _ => false,
    }
}

/// A set of scopes has one of a list if one of its scopes alone has: so these decide.
fn same_scopes(was: Need, now: Need) -> bool {
    let (Some(was), Some(now)) = (scopes_of(was), scopes_of(now)) else {
        return false;
    };
    cases::SCOPES.into_iter().all(|name| {
        let token = Scopes::default().with_name(name).expect("a scope");
        token.contain_any(was) == token.contain_any(now)
    })
}
