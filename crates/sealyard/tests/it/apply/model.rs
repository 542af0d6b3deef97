//! Random files, one after another, against a model of what they ask for.

use std::collections::{BTreeMap, BTreeSet};

use sealyard::admin::Outcome;
use sealyard_sql::Row;

use super::kept::{everything, rows};
use super::throw::{Said, SaidRepo, throw, written};
use super::{plan, run};
use crate::dice::Dice;
use crate::world::World;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Repo {
    visibility: String,
    archived: bool,
    description: String,
    environments: BTreeSet<String>,
    collaborators: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Owner {
    organization: bool,
    name: String,
    members: BTreeMap<String, String>,
    repositories: BTreeMap<String, Repo>,
}

type Model = BTreeMap<String, Owner>;

/// What comes of a file; `None` if it asks for what cannot be.
fn after(before: &Model, file: &BTreeMap<String, Said>) -> Option<Model> {
    let mut model = before.clone();
    for (login, said) in file {
        model.entry(login.clone()).or_default().organization = said.organization;
    }
    for (login, said) in file {
        let is_user = |login: &String| model.contains_key(login);
        let collaborators = said
            .repositories
            .values()
            .flat_map(|repo| repo.collaborators.keys());
        if !said.members.keys().chain(collaborators).all(is_user) {
            return None;
        }
        let owner = model.get_mut(login)?;
        if let Some(name) = &said.name {
            owner.name.clone_from(name);
        }
        place(owner, before.contains_key(login), said)?;
        for (name, said) in &said.repositories {
            let was = owner.repositories.get(name).cloned();
            let is = owner.repositories.entry(name.clone()).or_default();
            change(is, said);
            // An archived repository takes no change but its release.
            if was.is_some_and(|was| was.archived && is.archived && was != *is) {
                return None;
            }
        }
    }
    Some(model)
}

/// Gives and takes places; `None` if nobody would run the organisation any more.
fn place(owner: &mut Owner, was_there: bool, said: &Said) -> Option<()> {
    let admins = |owner: &Owner| {
        owner
            .members
            .values()
            .filter(|role| *role == "admin")
            .count()
    };
    let had = admins(owner);
    for (login, role) in &said.members {
        if role != "none" {
            owner.members.insert(login.clone(), role.clone());
        } else if owner.members.remove(login).is_some() {
            for repo in owner.repositories.values_mut() {
                repo.collaborators.remove(login);
            }
        }
    }
    let runs_itself = !owner.organization || admins(owner) > 0 || (was_there && had == 0);
    runs_itself.then_some(())
}

fn change(repo: &mut Repo, said: &SaidRepo) {
    if repo.visibility.is_empty() {
        "private".clone_into(&mut repo.visibility);
    }
    if let Some(visibility) = said.visibility {
        visibility.clone_into(&mut repo.visibility);
    }
    repo.archived = said.archived.unwrap_or(repo.archived);
    if let Some(description) = &said.description {
        repo.description.clone_from(description);
    }
    repo.environments.extend(said.environments.iter().cloned());
    for (login, role) in &said.collaborators {
        if role == "none" {
            repo.collaborators.remove(login);
        } else {
            repo.collaborators.insert(login.clone(), role.clone());
        }
    }
}

/// What the store holds of everybody whom the files name.
async fn kept(world: &World) -> Model {
    const ACCOUNTS: &str = "SELECT login_key, kind, name FROM account WHERE id > 8";
    const MEMBERS: &str = "
        SELECT organization.login_key, person.login_key, membership.role
        FROM membership
        JOIN account organization ON organization.id = membership.org_id
        JOIN account person ON person.id = membership.user_id
        WHERE membership.org_id > 8";
    const REPOSITORIES: &str = "
        SELECT account.login_key, name_key, visibility, archived, repository.description
        FROM repository JOIN account ON account.id = owner_id WHERE owner_id > 8";
    const ENVIRONMENTS: &str = "
        SELECT account.login_key, repository.name_key, environment.name_key
        FROM environment
        JOIN repository ON repository.id = repository_id
        JOIN account ON account.id = owner_id WHERE owner_id > 8";
    const COLLABORATORS: &str = "
        SELECT account.login_key, name_key, person.login_key, role
        FROM collaborator
        JOIN repository ON repository.id = repository_id
        JOIN account ON account.id = owner_id
        JOIN account person ON person.id = user_id WHERE owner_id > 8";
    let text = |row: &Row, index| -> String {
        let text: Option<String> = row.get(index).expect("a text");
        text.unwrap_or_default()
    };
    let mut model = Model::new();
    for row in rows(world, ACCOUNTS, &[]).await {
        let owner = model.entry(text(&row, 0)).or_default();
        (owner.organization, owner.name) = (text(&row, 1) == "Organization", text(&row, 2));
    }
    for row in rows(world, MEMBERS, &[]).await {
        let owner = model.get_mut(&text(&row, 0)).expect("an organisation");
        owner.members.insert(text(&row, 1), text(&row, 2));
    }
    for row in rows(world, REPOSITORIES, &[]).await {
        let owner = model.get_mut(&text(&row, 0)).expect("an owner");
        let repo = Repo {
            visibility: text(&row, 2),
            archived: row.get(3).expect("a truth"),
            description: text(&row, 4),
            ..Repo::default()
        };
        owner.repositories.insert(text(&row, 1), repo);
    }
    let repo = |model: &mut Model, row: &Row| -> Repo {
        let owner = model.get_mut(&text(row, 0)).expect("an owner");
        owner
            .repositories
            .remove(&text(row, 1))
            .expect("a repository")
    };
    for row in rows(world, ENVIRONMENTS, &[]).await {
        let mut changed = repo(&mut model, &row);
        changed.environments.insert(text(&row, 2));
        let owner = model.get_mut(&text(&row, 0)).expect("an owner");
        owner.repositories.insert(text(&row, 1), changed);
    }
    for row in rows(world, COLLABORATORS, &[]).await {
        let mut changed = repo(&mut model, &row);
        changed.collaborators.insert(text(&row, 2), text(&row, 3));
        let owner = model.get_mut(&text(&row, 0)).expect("an owner");
        owner.repositories.insert(text(&row, 1), changed);
    }
    model
}

#[tokio::test]
async fn file_after_file_the_store_is_what_the_model_says() {
    let (mut done, mut refused) = (0, 0);
    for seed in 0..4 {
        let (world, mut dice) = (World::new().await, Dice::new(seed));
        let mut model = Model::new();
        for round in 0..40 {
            world.clock.advance(1_000);
            let said = throw(&mut dice);
            let file = written(&said, &mut dice);
            let before = everything(&world).await;
            let outcome = run(&world, &file, false).await;
            match (after(&model, &said), outcome) {
                (Some(next), Outcome::Applied(report)) => {
                    assert_eq!(report.refused, [], "seed {seed}, round {round}\n{file}");
                    model = next;
                    done += 1;
                }
                (None, Outcome::Refused(_)) => {
                    assert_eq!(everything(&world).await, before, "{file}");
                    refused += 1;
                    continue;
                }
                (Some(_), Outcome::Refused(why)) => panic!("{seed} {round} {why}\n{file}"),
                _ => panic!("seed {seed}, round {round}: not refused\n{file}\n{model:#?}"),
            }
            assert_eq!(
                kept(&world).await,
                model,
                "seed {seed}, round {round}\n{file}"
            );
            // Twice is once.
            assert!(plan(&world, &file).await.lines.is_empty(), "{file}");
            let before = everything(&world).await;
            assert!(matches!(
                run(&world, &file, false).await,
                Outcome::Applied(_)
            ));
            assert_eq!(everything(&world).await, before, "{file}");
        }
    }
    assert!(done > 40 && refused > 20, "{done} done, {refused} refused");
}
