//! A log of requests, drawn from small pools so that they meet each other.

use http::Method;

use super::act::{Act, Audience, Change, Env, Flaw, Place, RepoRef};
use crate::dice::Dice;

/// Who asks. The owner of the organisation may do everything the log does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Owner,
    Admin,
    Member,
    Writer,
    Reader,
    Stranger,
    Nobody,
}

/// One line of the log.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) who: Who,
    pub(super) act: Act,
    /// How far the clock moves before it.
    pub(super) later_ms: i64,
}

const NAMES: [&str; 10] = [
    "ALPHA", "BRAVO", "bravo", "Charlie", "DELTA", "_ECHO", "FOX_1", "github_x", "1ST", "A-B",
];
const REPOS: [(&str, &str); 10] = [
    ("octo-org", "hello-world"),
    ("octo-org", "hello-world"),
    ("octo-org", "Public-Repo"),
    ("octo-org", "internal-repo"),
    ("octo-org", "alpha"),
    ("Octo-Org", "Beta"),
    ("octo-org", "beta"),
    ("octo-org", "x.y_z"),
    ("owner", "own"),
    ("owner", "spare"),
];
const NEW_NAMES: [&str; 7] = [
    "alpha",
    "Beta",
    "x.y_z",
    "hello-world",
    "spare",
    "own",
    "bad name",
];
const ENVS: [Env; 7] = [
    ("production", "production"),
    ("production", "production"),
    ("production", "production"),
    ("Production", "Production"),
    ("a b/c", "a%20b%2Fc"),
    ("über", "%C3%BCber"),
    ("Über", "%C3%9Cber"),
];
const PAGES: [&str; 7] = [
    "",
    "",
    "?per_page=2",
    "?per_page=2&page=2",
    "?per_page=3&page=9",
    "?page=0",
    "?per_page=x",
];
const VISIBILITIES: [&str; 3] = ["public", "private", "internal"];
/// Repository ids that a log may come to.
const ID_MAX: usize = 16;

/// So many requests, the same for the same seed.
pub(super) fn log(seed: u64, length: usize) -> Vec<Step> {
    let mut dice = Dice::new(seed);
    (0..length).map(|number| step(&mut dice, number)).collect()
}

fn step(dice: &mut Dice, number: usize) -> Step {
    let others = [
        Who::Admin,
        Who::Member,
        Who::Writer,
        Who::Reader,
        Who::Stranger,
        Who::Nobody,
    ];
    let who = if dice.once_in(4) {
        dice.one_of(&others)
    } else {
        Who::Owner
    };
    let later_ms = i64::try_from(dice.below(2_500)).expect("a small number");
    let act = match dice.below(100) {
        0..30 => put(dice, number),
        30..38 => Act::Delete(place(dice), dice.one_of(&NAMES)),
        38..46 => Act::Get(place(dice), dice.one_of(&NAMES)),
        46..56 => Act::List(place(dice), dice.one_of(&PAGES)),
        56..58 => Act::PublicKey(place(dice)),
        58..72 => selection(dice),
        72..77 => Act::ListShared(repo(dice), dice.one_of(&PAGES)),
        77..87 => repository(dice, who),
        87..94 => environment(dice),
        _ => other(dice, number),
    };
    Step { who, act, later_ms }
}

fn repo(dice: &mut Dice) -> RepoRef {
    if dice.once_in(4) {
        return RepoRef::Id(id(dice));
    }
    let (owner, name) = dice.one_of(&REPOS);
    RepoRef::Name(owner, name)
}

fn id(dice: &mut Dice) -> i64 {
    i64::try_from(1 + dice.below(ID_MAX)).expect("a small number")
}

fn ids(dice: &mut Dice) -> Vec<i64> {
    // Mostly those that are there from the start, so that most selections stand.
    let id = |dice: &mut Dice| {
        if dice.once_in(8) {
            id(dice)
        } else {
            dice.one_of(&[1, 2, 3])
        }
    };
    (0..dice.below(4)).map(|_| id(dice)).collect()
}

fn place(dice: &mut Dice) -> Place {
    match dice.below(3) {
        0 => Place::Org,
        1 => Place::Repo(repo(dice)),
        _ => Place::Env(repo(dice), dice.one_of(&ENVS)),
    }
}

fn put(dice: &mut Dice, number: usize) -> Act {
    let place = place(dice);
    let mut audience = || {
        let visibility = dice.one_of(&["all", "private", "selected", "selected", "everybody"]);
        let with_ids = visibility == "selected" || dice.once_in(6);
        Audience {
            visibility,
            ids: if with_ids { ids(dice) } else { Vec::new() },
        }
    };
    let to = match place {
        Place::Org => Some(audience()).filter(|_| !dice.once_in(15)),
        Place::Repo(_) | Place::Env(..) => None,
    };
    let flaws = [Flaw::NoBox, Flaw::UnknownKey, Flaw::Missing];
    let flaw = if dice.once_in(10) {
        dice.one_of(&flaws)
    } else {
        Flaw::None
    };
    Act::Put {
        place,
        name: dice.one_of(&NAMES),
        value: number,
        flaw,
        to,
    }
}

fn selection(dice: &mut Dice) -> Act {
    let name = dice.one_of(&NAMES);
    match dice.below(4) {
        0 => Act::ListSelected(name, dice.one_of(&PAGES)),
        1 => Act::Selection(name, Change::Set(ids(dice))),
        2 => Act::Selection(name, Change::Add(id(dice))),
        _ => Act::Selection(name, Change::Remove(dice.one_of(&[1, 2, 3, 9]))),
    }
}

fn repository(dice: &mut Dice, who: Who) -> Act {
    let repo = repo(dice);
    match dice.below(16) {
        0..7 => {
            // `POST /user/repos` is the caller's own: only one caller's repositories are followed.
            let own = who == Who::Owner && dice.once_in(4);
            let owner = if own { "owner" } else { "octo-org" };
            let (name, visibility) = (dice.one_of(&NEW_NAMES), dice.one_of(&VISIBILITIES));
            Act::MakeRepo {
                owner,
                name,
                visibility,
            }
        }
        7..13 => {
            let name = Some(dice.one_of(&NEW_NAMES)).filter(|_| !dice.once_in(3));
            let visibility = Some(dice.one_of(&VISIBILITIES)).filter(|_| dice.once_in(2));
            Act::ChangeRepo {
                repo,
                name,
                visibility,
            }
        }
        13..15 => Act::ShowRepo(repo),
        // Rarely: the log is about what is there.
        _ => Act::DropRepo(repo),
    }
}

fn environment(dice: &mut Dice) -> Act {
    let (repo, env) = (repo(dice), dice.one_of(&ENVS));
    match dice.below(5) {
        0..3 => Act::PutEnv(repo, env, dice.one_of(&[0, 5, 43_200, 43_201])),
        3 => Act::ListEnvs(repo),
        _ => Act::DropEnv(repo, env),
    }
}

/// Members, collaborators, bad input: what no secret changes by.
fn other(dice: &mut Dice, number: usize) -> Act {
    let login = dice.one_of(&["member", "writer", "reader", "stranger", "nobody"]);
    let secret = "/orgs/octo-org/actions/secrets/ALPHA";
    let (method, path, body) = match dice.below(15) {
        0 => (
            Method::PUT,
            format!("/orgs/octo-org/memberships/{login}"),
            r#"{"role":"member"}"#,
        ),
        1 => (
            Method::DELETE,
            format!("/orgs/octo-org/memberships/{login}"),
            "",
        ),
        2 => (
            Method::GET,
            "/orgs/octo-org/members?per_page=2".to_owned(),
            "",
        ),
        3 => (
            Method::PUT,
            format!("/repos/octo-org/hello-world/collaborators/{login}"),
            r#"{"permission":"push"}"#,
        ),
        4 => (
            Method::DELETE,
            format!("/repos/octo-org/hello-world/collaborators/{login}"),
            "",
        ),
        5 => (
            Method::GET,
            "/repos/octo-org/hello-world/collaborators".to_owned(),
            "",
        ),
        6 => (
            Method::GET,
            "/orgs/octo-org/repos?per_page=3".to_owned(),
            "",
        ),
        7 => (Method::GET, "/user/repos?per_page=3&page=2".to_owned(), ""),
        8 => (Method::GET, "/orgs/octo-org".to_owned(), ""),
        9 => (
            Method::POST,
            "/admin/users".to_owned(),
            r#"{"login":"new-user"}"#,
        ),
        10 => (
            Method::GET,
            "/orgs/other-org/actions/secrets".to_owned(),
            "",
        ),
        11 => (Method::PUT, secret.to_owned(), r#"{"encrypted_value":"#),
        12 => (
            Method::PUT,
            secret.to_owned(),
            r#"{"encrypted_value":7,"key_id":[],"visibility":0}"#,
        ),
        13 => (
            Method::PUT,
            format!("/repos/owner/own/environments/bad%01{number}"),
            "",
        ),
        _ => (Method::PATCH, format!("{secret}%00{number}"), "{}"),
    };
    Act::Other(method, path, body)
}
