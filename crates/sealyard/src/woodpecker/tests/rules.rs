//! Time, and once only.

use super::super::digest;
use super::super::rules::{self, Error, REMEMBERED_MAX, Used, Verified, WINDOW_S};
use super::{COVERED, LABEL, NOW_S, PUSH, SEED, Wire, key};

fn at(created_s: i64, now_s: i64) -> Result<Verified, Error> {
    rules::verify(&Wire::signed(PUSH, created_s).parts(), &key(), now_s)
}

fn verified(created_s: i64) -> Verified {
    at(created_s, created_s).expect("fresh")
}

#[test]
fn five_minutes_either_way_are_the_window() {
    for (created_s, expected) in [
        (NOW_S - WINDOW_S, None),
        (NOW_S - WINDOW_S - 1, Some(Error::Old)),
        (NOW_S + WINDOW_S, None),
        (NOW_S + WINDOW_S + 1, Some(Error::Future)),
        (0, Some(Error::Old)),
        (-999_999_999_999_999, Some(Error::Old)),
        (999_999_999_999_999, Some(Error::Future)),
    ] {
        assert_eq!(at(created_s, NOW_S).err(), expected, "{created_s}");
    }
}

#[test]
fn a_signature_without_a_date_or_past_its_end_is_refused() {
    let with = |parameters: &str| {
        let wire = Wire::new(PUSH).sign(LABEL, COVERED, parameters, &SEED);
        rules::verify(&wire.parts(), &key(), NOW_S).err()
    };
    assert_eq!(with(""), Some(Error::Undated));
    assert_eq!(
        with(&format!(";expires={}", NOW_S + 60)),
        Some(Error::Undated)
    );
    let expires = |at_s: i64| with(&format!(";created={NOW_S};expires={at_s}"));
    assert_eq!(expires(NOW_S + 1), None);
    assert_eq!(expires(NOW_S), Some(Error::Expired));
}

#[test]
fn a_signature_is_used_once_for_as_long_as_it_would_count() {
    let mut used = Used::new(NOW_S - 1000, REMEMBERED_MAX);
    let created_s = NOW_S + WINDOW_S;
    let early = at(created_s, NOW_S).expect("from a clock that is ahead");
    assert_eq!(used.spend(&early, NOW_S), Ok(()));
    for now_s in [NOW_S, created_s, created_s + WINDOW_S] {
        let again = at(created_s, now_s).expect("still fresh");
        assert_eq!(used.spend(&again, now_s), Err(Error::Replayed), "{now_s}");
    }
    let later_s = created_s + WINDOW_S + 1;
    assert_eq!(at(created_s, later_s).err(), Some(Error::Old));
    assert_eq!(used.spend(&verified(later_s), later_s), Ok(()));
    assert_eq!(used.len(), 1, "what is refused as old is forgotten");
}

#[test]
fn the_same_body_in_another_second_is_another_request() {
    let mut used = Used::new(NOW_S - 1000, REMEMBERED_MAX);
    assert_eq!(used.spend(&verified(NOW_S), NOW_S), Ok(()));
    assert_eq!(used.spend(&verified(NOW_S + 1), NOW_S), Ok(()));
}

#[test]
fn what_was_signed_before_the_start_is_put_off() {
    let mut used = Used::new(NOW_S, REMEMBERED_MAX);
    assert!(used.is_empty());
    for created_s in [NOW_S - 1, NOW_S] {
        assert_eq!(
            used.spend(&verified(created_s), NOW_S),
            Err(Error::BeforeStart)
        );
    }
    assert_eq!(used.spend(&verified(NOW_S + 1), NOW_S), Ok(()));
}

#[test]
fn a_full_memory_forgets_nothing_and_has_room_again_later() {
    let mut used = Used::new(0, 3);
    for created_s in NOW_S..NOW_S + 3 {
        assert_eq!(used.spend(&verified(created_s), NOW_S), Ok(()));
    }
    assert_eq!(used.spend(&verified(NOW_S + 3), NOW_S), Err(Error::Full));
    assert_eq!(used.spend(&verified(NOW_S), NOW_S), Err(Error::Replayed));
    let later_s = NOW_S + WINDOW_S + 1;
    assert_eq!(used.spend(&verified(later_s), later_s), Ok(()));
    assert_eq!(used.len(), 3);
}

#[test]
fn a_body_needs_a_digest_that_fits() {
    let says = |digests: &[&str]| {
        let mut headers = http::HeaderMap::new();
        for text in digests {
            headers.append("content-digest", text.parse().expect("a value"));
        }
        digest::check(&headers, b"hello").err()
    };
    let sha256 = "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:";
    let sha512 = "sha-512=:m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw==:";
    assert_eq!(says(&[sha256]), None);
    assert_eq!(says(&[sha512]), None);
    assert_eq!(says(&[sha256, sha512]), None);
    assert_eq!(says(&["md5=:AAAA:", sha256]), None);
    assert_eq!(says(&[]), Some(digest::Error::Missing));
    assert_eq!(
        says(&["md5=:XUFAKrxLKna5cZ2REBfFkg==:"]),
        Some(digest::Error::Missing)
    );
    assert_eq!(says(&["sha-256=:AAAA:"]), Some(digest::Error::Differs));
    assert_eq!(
        says(&[sha256, "sha-512=:AAAA:"]),
        Some(digest::Error::Differs)
    );
    assert_eq!(says(&["sha-256=1"]), Some(digest::Error::Malformed));
    assert_eq!(says(&["sha-256=(:AAAA:)"]), Some(digest::Error::Malformed));
    assert_eq!(says(&["sha-256"]), Some(digest::Error::Malformed));
    assert_eq!(says(&["(("]), Some(digest::Error::Malformed));
}
