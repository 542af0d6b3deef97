//! How a store begins, is begun again, and does not begin.

use std::fs;

use sealyard::clock::Clock;
use sealyard::setup;
use sealyard_sql::Migration;

use crate::place::Place;

/// A schema that no program of today knows.
const TOMORROWS: [Migration; 1] = [Migration {
    version: 9_999,
    name: "tomorrow",
    sqlite: "",
    postgres: "",
}];

#[tokio::test]
async fn quickstart_starts_again_with_the_same_command() {
    let place = Place::new().await;
    let first = place.quickstart();
    let second = place.quickstart();
    assert_ne!(first, second);
    let tokens = place.run(&["token", "list", "--user", "me"]).stdout;
    let states: Vec<_> = tokens
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().nth(2))
        .collect();
    assert_eq!(states, ["revoked", "active"]);
}

#[tokio::test]
async fn quickstart_makes_a_store_in_an_empty_database() {
    let place = Place::new().await;
    place.set_mode(0o700);
    if place.url().is_none() {
        fs::write(place.data().join("sealyard.db"), "").expect("an empty file");
    }
    place.quickstart();
}

#[tokio::test]
async fn quickstart_goes_on_where_only_the_root_key_was_made() {
    let place = Place::new().await;
    let root = place.write_root_key();
    place.quickstart();
    let db = place.database().await;
    let made_with = setup::root_id(&db).await.expect("an answer");
    assert_eq!(made_with, Some(root.id()));
}

#[tokio::test]
async fn quickstart_goes_on_where_nobody_has_an_account() {
    let place = Place::new().await;
    let root = place.write_root_key();
    let db = place.database().await;
    let made = setup::create(&db, root, &Clock::system()).await;
    assert!(made.is_ok());
    drop(db);
    place.quickstart();
}

#[tokio::test]
async fn quickstart_goes_on_where_the_organisation_has_no_repository() {
    let place = Place::new().await;
    place.quickstart();
    let db = place.database().await;
    let mut tx = db.begin().await.expect("a write");
    for sql in [
        "DELETE FROM environment",
        "DELETE FROM collaborator",
        "DELETE FROM repository",
    ] {
        tx.execute(sql, &[]).await.expect("a statement");
    }
    tx.commit().await.expect("a commit");
    drop(db);

    place.quickstart();
    let db = place.database().await;
    let mut read = db.read().await.expect("a read");
    for (sql, expected) in [
        ("SELECT COUNT(*) FROM account", 2),
        ("SELECT COUNT(*) FROM repository", 1),
        ("SELECT COUNT(*) FROM environment", 1),
    ] {
        let row = read.query_one(sql, &[]).await.expect("a row");
        assert_eq!(row.get::<i64>(0), Ok(expected), "{sql}");
    }
}

#[tokio::test]
async fn an_init_that_fails_leaves_no_root_key_of_its_own() {
    let place = Place::new().await;
    place.set_mode(0o700);
    let db = place.database().await;
    db.migrate(&TOMORROWS).await.expect("a migration");
    drop(db);
    let end = place.run(&["init"]);
    assert_eq!(end.code, Some(78), "{}", end.stderr);
    assert!(end.stderr.contains("version 9999"), "{}", end.stderr);
    assert!(!place.root_key().exists());

    // One that was there before is somebody's.
    place.write_root_key();
    assert_eq!(place.run(&["init"]).code, Some(78));
    assert!(place.root_key().exists());
}

#[tokio::test]
async fn a_role_that_may_not_read_is_not_told_to_make_a_store() {
    let place = Place::new().await;
    let Some(url) = place.url() else { return };
    assert_eq!(place.run(&["init"]).code, Some(0));
    let mut stranger = url.clone();
    let role = format!("{}_role", url.path().trim_start_matches('/'));
    place
        .administer(&format!("CREATE ROLE {role} LOGIN PASSWORD '{role}'"))
        .await;
    stranger.set_username(&role).expect("a user");
    stranger.set_password(Some(&role)).expect("a password");

    let reading = place.run_with(stranger.as_str(), &["token", "list"]);
    let elsewhere = ["init", "--data-dir", "elsewhere"];
    let making = place.run_with(stranger.as_str(), &elsewhere);
    place.administer(&format!("DROP ROLE {role}")).await;
    for end in [reading, making] {
        assert_eq!(end.code, Some(69), "{}", end.stderr);
        assert!(end.stderr.contains("42501"), "{}", end.stderr);
        assert!(!end.stderr.contains("init"), "{}", end.stderr);
    }
    let elsewhere = place.data().with_file_name("elsewhere");
    assert_eq!(fs::read_dir(elsewhere).expect("a directory").count(), 0);
}

#[tokio::test]
async fn a_data_directory_that_others_may_use_is_refused() {
    let place = Place::new().await;
    for mode in [0o755, 0o750, 0o710, 0o701] {
        place.set_mode(mode);
        for command in ["init", "quickstart"] {
            let end = place.run(&[command]);
            assert_eq!(end.code, Some(78), "{}", end.stderr);
            assert_eq!(
                end.stderr,
                "error: others may use ./sealyard-data, and with it whatever is in it; \
                 `chmod 700 ./sealyard-data` closes it\n"
            );
        }
        assert_eq!(fs::read_dir(place.data()).expect("a list").count(), 0);
    }
    place.set_mode(0o700);
    assert_eq!(place.run(&["init"]).code, Some(0));
    place.set_mode(0o750);
    let end = place.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(end.code, Some(78), "{}", end.stderr);
    assert!(end.stderr.contains("chmod 700"), "{}", end.stderr);
    // Whoever looks for what is wrong is told so in the words of `doctor`.
    let end = place.run(&["doctor"]);
    assert!(end.stdout.contains("run: chmod go="), "{}", end.stdout);
}
