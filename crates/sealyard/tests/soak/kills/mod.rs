//! `kill -9` under eight writers ("no acknowledged write lost, none half-applied").
//!
//! A round starts the real server, lets eight connections write, kills it at a random moment, and
//! compares what it left with the journal of its writers. Every fifth round is killed while it
//! starts, so that recovery is interrupted, too. The store is read through a copy: the next round
//! starts on the files as they were left.

mod check;
mod client;
mod journal;
mod places;
mod program;
mod store;
mod tests;
mod writers;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use check::{Findings, check};
use journal::{End, Journal};
use places::Places;
use program::Store;
use tokio::task::JoinSet;
use tokio::time::timeout;
use writers::Writer;

use crate::dice::Dice;
use crate::server::PATIENCE;

const WRITERS: usize = 8;
/// Answers that a round waits for, at most, before it thinks of killing.
const ANSWERS_MAX: usize = 500;
/// Then the kill comes within so many microseconds: in the midst of anything.
const MOMENT_MAX_US: usize = 20_000;
/// Rounds of one store. The log grows, and every round reads it whole.
const ROUNDS_PER_STORE: usize = 25;

/// What was seen in all rounds.
#[derive(Default)]
struct Figures {
    kills: usize,
    kills_of_starts: usize,
    stores: usize,
    acknowledged: usize,
    unanswered: usize,
    lost: usize,
    half: usize,
    slowest_start: Duration,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| kill -9 under {WRITERS} writers | |")?;
        writeln!(f, "|---|---:|")?;
        writeln!(f, "| kills | {} |", self.kills)?;
        writeln!(
            f,
            "| of them while the server started | {} |",
            self.kills_of_starts
        )?;
        writeln!(f, "| stores, one after the other | {} |", self.stores)?;
        writeln!(f, "| acknowledged writes | {} |", self.acknowledged)?;
        writeln!(f, "| in flight when the kill came | {} |", self.unanswered)?;
        writeln!(f, "| acknowledged and lost | {} |", self.lost)?;
        writeln!(f, "| half-applied | {} |", self.half)?;
        writeln!(
            f,
            "| slowest start after a kill | {} ms |",
            self.slowest_start.as_millis()
        )
    }
}

/// One store and all that was ever written to it.
struct Life {
    store: Store,
    places: Arc<Places>,
    journal: Arc<Journal>,
    is_hasty: bool,
    /// From spawn to the first answer, the last time.
    start: Duration,
}

impl Life {
    /// A new store with its places; the server is left killed.
    async fn begin(is_hasty: bool) -> Self {
        let store = Store::init();
        let (server, address, start) = store.serve().await;
        let places = Arc::new(Places::make(address, &store.token).await);
        server.kill();
        Self {
            store,
            places,
            journal: Arc::new(Journal::new()),
            is_hasty,
            start,
        }
    }

    /// Starts, lets write, kills.
    async fn round(&mut self, number: usize, dice: &mut Dice) {
        let (server, address, start) = self.store.serve().await;
        self.start = start;
        let mut writers = JoinSet::new();
        for index in 0..WRITERS {
            let writer = Writer {
                name: format!("{number}-{index}"),
                places: Arc::clone(&self.places),
                journal: Arc::clone(&self.journal),
                dice: Dice::new(u64::from_be_bytes(sealyard_vault::random::bytes())),
                is_hasty: self.is_hasty,
            };
            writers.spawn(writer.run(address, self.store.token.clone()));
        }
        let enough = self.journal.acknowledged() + 1 + dice.below(ANSWERS_MAX);
        timeout(PATIENCE, self.journal.until(enough))
            .await
            .expect("the server answers");
        let moment = Duration::from_micros(dice.below(MOMENT_MAX_US).try_into().expect("64 bits"));
        // No writer ends while the server lives, unless it was told what it should not be.
        if let Ok(ended) = timeout(moment, writers.join_next()).await {
            ended
                .expect("eight writers")
                .expect("a writer that is content");
        }
        server.kill();
        while let Some(ended) = timeout(PATIENCE, writers.join_next())
            .await
            .expect("they end")
        {
            ended.expect("a writer that is content");
        }
    }

    /// Starts, and kills before it serves, or about then.
    async fn killed_start(&mut self, dice: &mut Dice) {
        let mut server = self.store.start();
        let usual: usize = self.start.as_micros().try_into().expect("not that long");
        let moment = Duration::from_micros(dice.below(usual).try_into().expect("64 bits"));
        server.ready_or(moment).await;
        server.kill();
    }

    async fn check(&self) -> Findings {
        let snapshot = store::snapshot(&self.store.data(), &self.places).await;
        check(&self.journal.writes(), &snapshot)
    }

    /// After the last kill: it starts, stops as it should, and `doctor` is content.
    async fn end(&self, figures: &mut Figures) {
        let (server, _, start) = self.store.serve().await;
        figures.slowest_start = figures.slowest_start.max(start);
        assert!(server.stop(), "the server did not stop well");
        let doctor = self.store.run(&["doctor"]);
        assert!(
            doctor.status.success(),
            "{}",
            String::from_utf8_lossy(&doctor.stdout)
        );
        for write in self.journal.writes() {
            match write.end {
                End::Unanswered => figures.unanswered += 1,
                End::Answered { .. } | End::Claimed | End::Nothing => figures.acknowledged += 1,
            }
        }
        figures.stores += 1;
    }
}

/// Kills so many times, and gives what was seen. Panics at the first thing that is wrong.
async fn kill(kills: usize, seed: u64) -> Figures {
    let mut dice = Dice::new(seed);
    let mut figures = Figures::default();
    while figures.kills < kills {
        let mut life = Life::begin(false).await;
        for round in 0..ROUNDS_PER_STORE.min(kills - figures.kills) {
            if round % 5 == 4 {
                life.killed_start(&mut dice).await;
                figures.kills_of_starts += 1;
            } else {
                life.round(round, &mut dice).await;
                figures.slowest_start = figures.slowest_start.max(life.start);
            }
            figures.kills += 1;
            let findings = life.check().await;
            figures.lost += findings.lost.len();
            figures.half += findings.half.len();
            assert!(
                findings.is_clean(),
                "after kill {} (seed {seed}):\n{findings}{figures}",
                figures.kills
            );
        }
        life.end(&mut figures).await;
        assert!(
            life.check().await.is_clean(),
            "what `doctor` found well is not"
        );
    }
    figures
}
