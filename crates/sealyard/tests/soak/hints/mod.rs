//! Time tells a caller nothing about what they may not know: a private and a missing thing are
//! answered equally fast.
//!
//! The real server on one core, one connection on another. For each request that names something,
//! three classes of names take turns in random order: two of names that are missing, one of names
//! of private things. All are of the same shape. The medians of `private` and `missing` are
//! compared; those of the two classes of missing names show what this machine cannot tell; and a
//! class of names that the caller may see shows that a difference would be noticed.
//!
//! *Warm*: 64 names of each class, asked again and again. *Cold*: every name is asked once, by a
//! server that has just been started, each repository's row fills a page of its own, and on SQLite
//! the file was dropped from the kernel's page cache. Indexes, of which many names share a page,
//! get warm on the way, and so do PostgreSQL's buffers, which belong to a server that we do not
//! restart: there, cold means only that a row was not asked for before.

mod client;
mod cores;
mod measure;
mod questions;
mod store;
mod table;
mod tests;

use sealyard_sql::Engine;
use tokio::runtime::Runtime;

use crate::dice::Dice;
use client::Connection;
use cores::Cores;
use measure::{Classes, Comparison, take_turns};
use questions::{Caller, QUESTIONS, Question};
use store::{Names, Store};
use table::{Row, Table};

/// Names of each class that warm requests are spread over: what a look-up in an index costs also
/// depends on where in its page a name stands.
const WARM_NAMES: usize = 64;
/// Requests before the clock counts: statements are prepared, connections opened.
const FIRST: usize = 200;

/// What the store's pages are like when a name is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pages {
    Warm,
    Cold,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Plan {
    /// Requests of each class.
    rounds: usize,
    /// How many of the questions, from the first, with pages that are warm.
    warm: usize,
    /// The same with cold ones.
    cold: usize,
}

/// Measures everything on one engine.
fn measure(engine: Engine, plan: Plan, seed: u64) -> Table {
    let mut dice = Dice::new(seed);
    let cores = Cores::find();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let count = plan.rounds.max(WARM_NAMES);
    let store = runtime.block_on(Store::make(engine, count, &mut dice));
    let mut table = Table::new(engine, cores, plan.rounds);
    cores.pin_client();
    for (pages, questions) in [(Pages::Warm, plan.warm), (Pages::Cold, plan.cold)] {
        // Callers take turns: an answer takes milliseconds, whoever asks.
        let mut callers = store.callers.iter().cycle();
        for question in QUESTIONS.iter().take(questions) {
            let may_ask = |caller: &&Caller| !question.needs_user || caller.token.is_some();
            let Some(caller) = callers.find(|caller| may_ask(caller)) else {
                continue;
            };
            let setting = Setting {
                runtime: &runtime,
                store: &store,
                cores,
                pages,
                rounds: plan.rounds,
            };
            let comparison = setting.compare(caller, question, &mut dice);
            table.rows.push(Row {
                pages,
                caller: caller.name,
                question: question.name,
                comparison,
            });
        }
    }
    table
}

/// What is the same for several rows.
struct Setting<'a> {
    runtime: &'a Runtime,
    store: &'a Store,
    cores: Cores,
    pages: Pages,
    rounds: usize,
}

impl Setting<'_> {
    /// One row: starts a server, lets the classes take turns.
    fn compare(&self, caller: &Caller, question: &Question, dice: &mut Dice) -> Comparison {
        if self.pages == Pages::Cold {
            self.store.forget_pages();
        }
        let mut server = self.store.serve(self.cores);
        let address = self.runtime.block_on(server.ready());
        let mut connection = Connection::open(address);
        let count = match self.pages {
            Pages::Warm => WARM_NAMES,
            Pages::Cold => self.rounds,
        };
        let of = |names: &Names| -> Vec<Vec<u8>> {
            let names = names.iter().take(count);
            names.map(|name| question.request(caller, name)).collect()
        };
        let classes = Classes {
            missing: of(&self.store.missing),
            also_missing: of(&self.store.also_missing),
            private: of(&self.store.private),
            visible: question.shows_visible.then(|| of(&self.store.visible)),
        };
        for request in of(&self.store.spare).iter().cycle().take(FIRST) {
            connection.ask(request);
        }
        let comparison = take_turns(&mut connection, &classes, self.pages, self.rounds, dice);
        drop(connection);
        // As an operator would: what it has open on the store is closed.
        assert!(server.stop(), "the server did not stop well");
        comparison
    }
}
