//! The cases as requests: tickets are made, approved and redeemed, the world changes, time goes
//! by, and jobs are asked for.
//!
//! Small, it is a sample with every pair of values of each product; `SOAK=full` asks all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

use base64ct::{Base64, Encoding as _};
use futures_util::{StreamExt as _, stream};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::runtime::Builder;

use super::cases::{self, Case, Credential};
use super::model::{Age, By, RULES, Refusal, Runner, Scope, World};
use super::town::{Town, number, text};
use super::{SEED, Worlds, answer, places};
use crate::world::{Reply, engine, variable};

/// Names with value and scope, or the status of the refusal.
type Seen = Result<BTreeMap<String, (String, Scope)>, u16>;

/// How many worlds there are at once: on PostgreSQL they mostly wait.
const WORKERS: usize = 4;
/// How many tickets of a repository wait at most: 500 may.
const TICKETS: usize = 250;
/// How many requests are on their way at once.
const AT_ONCE: usize = 16;

#[test]
fn jobs_are_given_what_the_model_says() {
    let full = variable("SOAK").is_some_and(|size| size == "full");
    let cases = if full {
        cases::all()
    } else {
        cases::some(3_000, SEED)
    };
    let least = cases.len();
    let groups = Mutex::new(groups(cases));
    let found = Mutex::new(Found::default());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let runtime = Builder::new_current_thread().enable_all().build();
                let runtime = runtime.expect("a runtime");
                let mut worlds = Worlds::default();
                let next = || groups.lock().expect("no panic").pop();
                while let Some(group) = next() {
                    let worlds = worlds.of(&group[0]);
                    let answers = runtime.block_on(ask(worlds, group));
                    found.lock().expect("no panic").add(worlds, answers);
                }
            });
        }
    });
    let found = found.into_inner().expect("no panic");
    table(&found.counts);
    let told = found.wrong.iter().map(|(difference, (count, case))| {
        format!("{difference}\n    {count} cases, the first is {case:?}")
    });
    let told: Vec<_> = told.collect();
    assert!(told.is_empty(), "\n{}", told.join("\n"));
    let asked: usize = found.counts.values().sum();
    assert_eq!(asked, least);
    assert!(asked >= if full { 35_592 } else { 3_000 }, "{asked}");
}

/// Cases that share their worlds, the largest group last. There is room for all their tickets.
fn groups(cases: Vec<Case>) -> Vec<Vec<Case>> {
    let mut groups: BTreeMap<_, Vec<Case>> = BTreeMap::new();
    let mut tickets: BTreeMap<_, usize> = BTreeMap::new();
    for case in cases {
        let key = (case.stock, case.people(), case.change);
        let before = tickets.entry((key, case.repository())).or_default();
        let batch = *before / TICKETS;
        *before += usize::from(case.credential != Credential::Alone);
        groups.entry((key, batch)).or_default().push(case);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(Vec::len);
    groups
}

/// What came of the cases.
#[derive(Default)]
struct Found {
    counts: BTreeMap<(&'static str, String), usize>,
    /// By what differs: how often, and the first of these cases.
    wrong: BTreeMap<String, (usize, Case)>,
}

impl Found {
    fn add(&mut self, worlds: &[World; 2], answers: Vec<(Case, Seen)>) {
        for (case, seen) in answers {
            let expected = demanded(worlds, &case);
            let counted = (case.product, kind(&expected));
            *self.counts.entry(counted).or_default() += 1;
            if expected != seen {
                let difference = difference(&case, &expected, &seen);
                self.wrong.entry(difference).or_insert((0, case)).0 += 1;
            }
        }
    }
}

/// A ticket, or the status of the refusal to make one.
struct Made {
    id: i64,
    ticket: String,
    /// Seconds.
    not_before: i64,
    expires_at: i64,
}

impl Made {
    /// When a job of this age is opened, if its ticket was made at `start`.
    fn at(&self, age: Age, start: i64) -> i64 {
        match age {
            Age::Early if self.not_before > start => self.not_before - 1,
            Age::Early | Age::Due => self.not_before,
            Age::Expired => self.expires_at,
        }
    }
}

/// Everything that a group of cases, which share their worlds, is answered.
async fn ask(worlds: &[World; 2], cases: Vec<Case>) -> Vec<(Case, Seen)> {
    let [then, now] = &worlds.clone().map(|world| of_use(world, &cases));
    let mut town = Town::new(then).await;
    let start = town.world.app.clock.now_s();
    let made = stream::iter(cases)
        .map(|case| make_if_asked(&town, then, case))
        .buffer_unordered(AT_ONCE);
    let made: Vec<_> = made.collect().await;
    let mut queued: BTreeMap<i64, Vec<(Case, Option<Made>)>> = BTreeMap::new();
    let mut answers = Vec::new();
    for (case, made) in made {
        match made {
            Err(status) => answers.push((case, Err(status))),
            Ok(made) => {
                let at = made.as_ref().map_or(start, |made| made.at(case.age, start));
                queued.entry(at).or_default().push((case, made));
            }
        }
    }
    town.change(then, now).await;
    for (at, cases) in queued {
        let ahead = at - town.world.app.clock.now_s();
        town.world.clock.advance(ahead * 1_000);
        let opened = stream::iter(cases)
            .map(|(case, made)| open(&town, case, made))
            .buffer_unordered(AT_ONCE);
        answers.extend(opened.collect::<Vec<_>>().await);
    }
    answers
}

/// A world without what no case needs, which would take long to make.
fn of_use(mut world: World, cases: &[Case]) -> World {
    let environments: BTreeSet<_> = cases.iter().filter_map(|case| case.environment).collect();
    let repositories = cases
        .iter()
        .flat_map(|case| [case.repository(), case.target.name()]);
    let mut repositories: BTreeSet<_> = repositories.collect();
    let runners = cases.iter().flat_map(|case| {
        let by = match case.by() {
            By::Runner(name) => Some(name),
            By::Person(_) => None,
        };
        [by, Some(places::own_runner(case.repository()))]
    });
    let runners: BTreeSet<_> = runners.flatten().collect();
    world.runners.retain(|name, _| runners.contains(name));
    for runner in world.runners.values() {
        if let Runner::OfRepository(name) = runner {
            repositories.insert(name);
        }
    }
    world
        .repositories
        .retain(|name, _| repositories.contains(name));
    for repository in world.repositories.values_mut() {
        repository
            .environments
            .retain(|name, _| environments.contains(name));
    }
    world
}

async fn make_if_asked(town: &Town, then: &World, case: Case) -> (Case, Result<Option<Made>, u16>) {
    let made = if case.credential == Credential::Alone {
        Ok(None)
    } else {
        make(town, then, &case).await.map(Some)
    };
    (case, made)
}

async fn make(town: &Town, then: &World, case: &Case) -> Result<Made, u16> {
    let maker = By::Person(case.maker());
    let body = json!({
        "repository": case.repository(),
        "environment": case.environment,
        "ref": case.reference,
        "event": case.event,
        "fork": case.fork,
    });
    let given = body.as_object().expect("an object").iter();
    let body = given
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let reply = town.post(maker, "tickets", &Value::Object(body)).await;
    if reply.status != StatusCode::CREATED {
        return Err(reply.status.as_u16());
    }
    let json = reply.json();
    let made = Made {
        id: number(&json["id"]),
        ticket: text(&json["ticket"]).to_owned(),
        not_before: seconds(&json["not_before"]),
        expires_at: seconds(&json["expires_at"]),
    };
    let rules = &then.repositories[case.repository()].environments;
    let rules = case.environment.and_then(|name| rules.get(name));
    let wait = rules.map_or(0, |rules| i64::from(rules.wait_minutes) * 60);
    assert_eq!(
        made.not_before,
        seconds(&json["created_at"]) + wait,
        "{case:?}"
    );
    assert!(made.expires_at > made.not_before, "{case:?}");
    let reviewed = rules.filter(|rules| !rules.reviewers.is_empty());
    if let (Some(rules), Some(who)) = (reviewed, case.approver()) {
        let own = rules.prevent_self_review && who == case.maker();
        let may = rules.reviewers.contains(who) && !own;
        let path = format!("tickets/{}/approve", made.id);
        let reply = town.post(By::Person(who), &path, &json!({})).await;
        assert_eq!(reply.status, if may { 200 } else { 403 }, "{case:?}");
    }
    if matches!(case.credential, Credential::Redeemed | Credential::Ended) {
        let runner = By::Runner(places::own_runner(case.repository()));
        let whole = Case {
            only: None,
            ..*case
        };
        let reply = town
            .post(runner, "jobs", &request(town, &whole, runner, Some(&made)))
            .await;
        assert_eq!(reply.status, StatusCode::CREATED, "{case:?}");
        if case.credential == Credential::Ended {
            complete(town, runner, made.id).await;
        }
    }
    Ok(made)
}

fn request(town: &Town, case: &Case, by: By, made: Option<&Made>) -> Value {
    let mut body = json!({ "public_key": town.key(by).public().to_base64() });
    if let Some(made) = made {
        body["ticket"] = made.ticket.as_str().into();
    } else {
        body["repository"] = case.repository().into();
        if let Some(environment) = case.environment {
            body["environment"] = environment.into();
        }
    }
    if let Some(only) = case.only {
        body["only"] = only.into();
    }
    body
}

async fn open(town: &Town, case: Case, made: Option<Made>) -> (Case, Seen) {
    let by = case.by();
    let request = request(town, &case, by, made.as_ref());
    let reply = town.post(by, "jobs", &request).await;
    let seen = seen(town, &case, made.as_ref(), &reply);
    (case, seen)
}

fn seen(town: &Town, case: &Case, made: Option<&Made>, reply: &Reply) -> Seen {
    let json = reply.json();
    if reply.status != StatusCode::CREATED {
        let members: Vec<_> = json.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["documentation_url", "message"], "{case:?}");
        return Err(reply.status.as_u16());
    }
    let inside = town.open(case.by(), text(&json["sealed_box"]));
    assert!(made.is_none_or(|made| json["id"] == made.id), "{case:?}");
    for place in [&json, &inside] {
        assert_eq!(place["repository"], case.repository());
        assert_eq!(place["environment"], json!(case.environment));
    }
    let mut found = BTreeMap::new();
    for secret in inside["secrets"].as_array().expect("a list") {
        let scope = match text(&secret["scope"]) {
            "environment" => Scope::Environment,
            "repository" => Scope::Repository,
            _ => Scope::Organization,
        };
        let value = Base64::decode_vec(text(&secret["value"])).expect("base64");
        let value = String::from_utf8(value).expect("UTF-8");
        let twice = found.insert(text(&secret["name"]).to_owned(), (value, scope));
        assert!(twice.is_none(), "{case:?}");
    }
    Ok(found)
}

async fn complete(town: &Town, by: By, id: i64) {
    let path = format!("jobs/{id}/complete");
    let reply: Reply = town
        .post(by, &path, &json!({ "conclusion": "success" }))
        .await;
    assert_eq!(reply.status, 204, "{}", reply.text());
}

fn seconds(value: &Value) -> i64 {
    let time: jiff::Timestamp = text(value).parse().expect("a time");
    time.as_second()
}

fn demanded(worlds: &[World; 2], case: &Case) -> Seen {
    match answer(&RULES, worlds, case) {
        Ok(all) => Ok(all
            .into_iter()
            .map(|(name, (value, scope))| (name.to_owned(), (value.to_owned(), scope)))
            .collect()),
        Err(refusal) => Err(match refusal {
            Refusal::Unauthorized => 401,
            Refusal::Forbidden => 403,
            Refusal::NotFound => 404,
            Refusal::Waiting => 409,
            Refusal::Gone => 410,
            Refusal::Unprocessable => 422,
        }),
    }
}

fn kind(seen: &Seen) -> String {
    match seen {
        Ok(all) if all.is_empty() => "nothing".to_owned(),
        Ok(_) => "secrets".to_owned(),
        Err(status) => status.to_string(),
    }
}

/// What differs, without a value: what the cases have in common that differ in this way.
fn difference(case: &Case, expected: &Seen, seen: &Seen) -> String {
    let what = match (expected, seen) {
        (Ok(expected), Ok(seen)) => {
            let names = expected.keys().chain(seen.keys());
            let differ = names.filter(|name| expected.get(*name) != seen.get(*name));
            let differ: BTreeSet<_> = differ.collect();
            let scope = |all: &BTreeMap<_, (String, Scope)>, name| {
                all.get(name).map(|(_, scope): &(String, Scope)| *scope)
            };
            let told = differ.into_iter().take(3).map(|name| {
                format!(
                    "{name}: {:?} demanded, {:?} given",
                    scope(expected, name),
                    scope(seen, name)
                )
            });
            told.collect::<Vec<_>>().join("; ")
        }
        _ => format!("{} demanded, {} given", kind(expected), kind(seen)),
    };
    let Case {
        product,
        opener,
        credential,
        environment,
        change,
        ..
    } = case;
    format!("{product}, {opener:?}, {credential:?}, {environment:?}, {change:?}: {what}")
}

#[expect(clippy::print_stdout, reason = "`cargo xtask soak` reads it")]
fn table(counts: &BTreeMap<(&'static str, String), usize>) {
    println!("| engine | product | answer | cases |\n|---|---|---|---|");
    for ((product, answer), count) in counts {
        println!("| {:?} | {product} | {answer} | {count} |", engine());
    }
    println!(
        "| {:?} | all | | {} |",
        engine(),
        counts.values().sum::<usize>()
    );
}
