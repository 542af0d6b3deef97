//! The measured promises: each operation beside its ceiling, in one run, on one machine.
//!
//! `cargo bench -p sealyard` prints one table; `-- --small` is the same in a few seconds, and what
//! CI runs to see that every answer is right; `-- --jobs` leaves all rows out but those of jobs;
//! `-- --database-url URL` has the server on PostgreSQL. Every row alternates with its ceiling (A B A B …) and
//! is the median of its rounds. The server is the real binary with its default settings; the load
//! comes from another process (this one, run again), so that the processor time of the server can
//! be read by itself. `docs/BENCHMARKS.md` says what the columns mean.

mod ceilings;
mod connection;
mod jobs;
mod load;
mod parts;
mod roles;
mod sample;
mod table;
mod world;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use parts::Part;
use sample::Sample;
use world::{Server, World};

/// How much is measured.
#[derive(Clone, Copy)]
struct Plan {
    rounds: usize,
    round: Duration,
    /// Repositories that PUTs go to, 100 secrets each: enough names that hardly any comes twice.
    repositories: usize,
    /// Tickets that are redeemed in a round; 500 is the most that a repository has.
    tickets: usize,
}

/// For figures: four minutes.
const FULL: Plan = Plan {
    rounds: 7,
    round: Duration::from_secs(1),
    repositories: 1_500,
    tickets: 400,
};
/// For CI: a few seconds.
const SMALL: Plan = Plan {
    rounds: 2,
    round: Duration::from_millis(200),
    repositories: 60,
    tickets: 40,
};

/// Connections of the GETs.
const READERS: u32 = 32;
/// Connections of the PUTs that share commits.
const WRITERS: u32 = 64;
/// Connections of runners that start jobs at the same time.
const RUNNERS: u32 = 8;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // Cargo adds `--bench`.
    let words: Vec<&str> = words
        .into_iter()
        .filter(|word| *word != "--bench")
        .collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    if let [role, rest @ ..] = words
        && roles::is_role(role)
    {
        return roles::run(role, rest);
    }
    let (mut plan, mut jobs_only, mut database_url) = (FULL, false, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--small" => plan = SMALL,
            "--jobs" => jobs_only = true,
            "--database-url" => database_url = Some(*words.next().context("which database?")?),
            _ => {
                bail!("usage: cargo bench -p sealyard [-- [--small] [--jobs] [--database-url URL]]")
            }
        }
    }
    if jobs_only {
        // Nobody writes to them then.
        plan.repositories = 0;
    }
    measure(plan, jobs_only, database_url)
}

/// All samples of one run, a row and its ceilings each.
#[derive(Default)]
pub(crate) struct Results {
    get: Vec<Sample>,
    bare_get: Vec<Sample>,
    list: Vec<Sample>,
    bare_list: Vec<Sample>,
    put_one: Vec<Sample>,
    commit_one: Vec<Sample>,
    put_many: Vec<Sample>,
    commit_many: Vec<Sample>,
    bound_many: Vec<Sample>,
    /// One sync of 4 KiB in the directory of the store.
    sync: Vec<Sample>,
    /// Jobs of 300 secrets, and the parts of their answers.
    job_one: Vec<Sample>,
    job_many: Vec<Sample>,
    job_ticket: Vec<Sample>,
    job_masked: Vec<Sample>,
    bare_one: Vec<Sample>,
    bare_many: Vec<Sample>,
    bare_masked: Vec<Sample>,
    parts: Vec<Sample>,
    query: Vec<Sample>,
    unwrap: Vec<Sample>,
    seal: Vec<Sample>,
    mask: Vec<Sample>,
}

fn measure(plan: Plan, jobs_only: bool, database_url: Option<&str>) -> Result<()> {
    let directory = tempfile::Builder::new()
        .prefix("sealyard-bench")
        .tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let server = Server::sealyard(directory.path(), database_url).context("the server")?;
    let filling = world::fill(directory.path(), &server, plan.repositories);
    let mut world = runtime.block_on(filling).context("filling")?;
    let bare = Server::bare(&world.pages).context("bare hyper")?;
    let mut results = Results::default();
    for round in 1..=plan.rounds {
        say(&format!("round {round} of {}", plan.rounds));
        if !jobs_only {
            measure_reads(&world, &server, &bare, plan.round, &mut results)?;
            measure_writes(&mut world, &server, plan.round, &mut results)?;
        }
        measure_jobs(&world, &server, &bare, plan.round, &mut results)?;
        runtime.block_on(world.jobs.make_tickets(&server, plan.tickets))?;
        results
            .job_ticket
            .push(world.jobs.redeem(&server, plan.round)?);
        runtime.block_on(world.jobs.end(&server))?;
    }
    print(&table::render(&results, plan.rounds, plan.round));
    Ok(())
}

fn measure_reads(
    world: &World,
    server: &Server,
    bare: &Server,
    round: Duration,
    results: &mut Results,
) -> Result<()> {
    let load = |server: &Server, requests| load::read(server, requests, READERS, round);
    results.get.push(load(server, &world.gets)?);
    results.bare_get.push(load(bare, &world.bare_get)?);
    results.list.push(load(server, &world.lists)?);
    results.bare_list.push(load(bare, &world.bare_list)?);
    Ok(())
}

fn measure_writes(
    world: &mut World,
    server: &Server,
    round: Duration,
    results: &mut Results,
) -> Result<()> {
    let directory = world.directory.clone();
    results.sync.push(ceilings::sync(&directory, round)?);
    results.put_one.push(load::write(server, world, 1, round)?);
    results.commit_one.push(ceilings::commit(
        &directory,
        1,
        round,
        ceilings::Work::Store,
    )?);
    results
        .put_many
        .push(load::write(server, world, WRITERS, round)?);
    results.commit_many.push(ceilings::commit(
        &directory,
        WRITERS,
        round,
        ceilings::Work::Store,
    )?);
    results.bound_many.push(ceilings::commit(
        &directory,
        WRITERS,
        round,
        ceilings::Work::OpenAndStore,
    )?);
    Ok(())
}

fn measure_jobs(
    world: &World,
    server: &Server,
    bare: &Server,
    round: Duration,
    results: &mut Results,
) -> Result<()> {
    let ask = |server: &Server, requests, connections| {
        load::ask(server, requests, connections, round, 201)
    };
    let part = |part| parts::measure(&world.directory, part, round);
    let jobs = &world.jobs;
    results.job_one.push(ask(server, &jobs.alone, 1)?);
    results.bare_one.push(ask(bare, &jobs.bare_alone, 1)?);
    results.parts.push(part(Part::All)?);
    results.query.push(part(Part::Query)?);
    results.unwrap.push(part(Part::Unwrap)?);
    results.seal.push(part(Part::Seal)?);
    results.job_many.push(ask(server, &jobs.alone, RUNNERS)?);
    results
        .bare_many
        .push(ask(bare, &jobs.bare_alone, RUNNERS)?);
    results.job_masked.push(ask(server, &jobs.masked, 1)?);
    results.bare_masked.push(ask(bare, &jobs.bare_masked, 1)?);
    results.mask.push(part(Part::Mask)?);
    Ok(())
}

/// Progress, for people.
#[expect(clippy::print_stderr, reason = "the one place that speaks to people")]
fn say(line: &str) {
    eprintln!("{line}");
}

/// Results: the table, or a process's answer to the one that started it.
#[expect(clippy::print_stdout, reason = "the one place that prints results")]
fn print(text: &str) {
    println!("{text}");
}
