//! Which cases are asked: of each operation and each kind of credential some, and rather those
//! where a rule is at work.

use std::collections::BTreeMap;

use super::super::in_process::for_each_operation;
use super::super::oracle::neighbours::is_at_a_boundary;
use super::super::oracle::{Case, Credential, Profile, cases};

/// The world that a case needs: profile, and the switch `docs_public_key_read`.
pub(super) type Settings = (bool, bool);

/// How many there were, and how many of them are at a boundary.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Counts {
    pub(super) asked: usize,
    pub(super) at_a_boundary: usize,
}

pub(super) fn settings(case: &Case) -> Settings {
    (
        case.profile == Profile::GithubCom,
        case.readers_get_public_keys,
    )
}

/// For each group of an operation and a kind of credential, `each` cases: boundaries first.
pub(super) fn some(each: usize, seed: u64) -> Vec<(Case, bool)> {
    for_each_operation(|operation| {
        let mut groups: BTreeMap<u8, Vec<(u64, Case)>> = BTreeMap::new();
        for (number, case) in cases::of_operation(operation).enumerate() {
            let group = groups.entry(kind(&case.credential)).or_default();
            group.push((mixed(seed, number), case));
        }
        let groups = groups.into_values().flat_map(|mut group| {
            group.sort_unstable_by_key(|(place, _)| *place);
            // Among so many strangers there is a boundary, where the kind has one.
            let tried = group.into_iter().take(each * 5).map(|(_, case)| {
                let boundary = is_at_a_boundary(&case);
                (case, boundary)
            });
            let (mut boundaries, others): (Vec<_>, Vec<_>) =
                tried.partition(|(_, boundary)| *boundary);
            boundaries.truncate(each - each / 4);
            let missing = each - boundaries.len();
            boundaries
                .into_iter()
                .chain(others.into_iter().take(missing))
        });
        groups.collect()
    })
}

/// Every case at a boundary, and of the others one in `of`.
pub(super) fn all_boundaries(of: u64, seed: u64) -> Vec<(Case, bool)> {
    for_each_operation(|operation| {
        cases::of_operation(operation)
            .enumerate()
            .map(|(number, case)| {
                let boundary = is_at_a_boundary(&case);
                (number, case, boundary)
            })
            .filter(|(number, _, boundary)| *boundary || mixed(seed, *number).is_multiple_of(of))
            .map(|(_, case, boundary)| (case, boundary))
            .collect()
    })
}

pub(super) fn kind(credential: &Credential) -> u8 {
    match credential {
        Credential::Anonymous => 0,
        Credential::Classic(_) => 1,
        Credential::OAuth(_) => 2,
        Credential::FineGrained(_) => 3,
        Credential::Installation(_) => 4,
        Credential::AppJwt => 5,
        Credential::RunnerRegister => 6,
        Credential::RunnerRemove => 7,
        Credential::Runner => 8,
    }
}

/// `SplitMix64`'s last step: a place that says nothing of the number.
fn mixed(seed: u64, number: usize) -> u64 {
    let number = u64::try_from(number).expect("64 bits are enough");
    let mut z = seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
