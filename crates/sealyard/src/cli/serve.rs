//! `sealyard serve`

use std::os::unix::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use sealyard_vault::random;
use tokio::sync::watch;

use super::store::{self, place};
use super::{Failure, say};
use crate::admin::socket;
use crate::app::Shared;
use crate::config::{Environment, Listen, ServeArgs, Settings};
use crate::delivery;
use crate::http::service::Service;
use crate::serve::{self, Bound, Limits, Tls, UrlFile};
use crate::{metrics, router, telemetry};

/// Runs the server until it is told to stop.
pub(super) async fn run(arguments: ServeArgs, environment: &Environment) -> Result<(), Failure> {
    let settings = Settings::load(arguments, environment)?;
    settings.check_listeners()?;
    telemetry::init(&settings.log, environment.no_color())
        .map_err(|error| Failure::unavailable(format!("cannot log: {error}")))?;
    check_sockets(&settings)?;
    store::check_data_dir(&settings.data_dir)?;
    let app = store::open(&settings).await?;
    let ready = Ready::bind(&settings, &app).await?;
    say(&format!(
        "Serving {} ({}, profile {}) on {}",
        place(&settings),
        store::engine(&app.db),
        settings.profile.name(),
        ready.addresses()
    ));
    ready.serve().await
}

/// A server whose listeners are bound.
pub(super) struct Ready {
    app: Shared,
    bound: Vec<Bound>,
    listen: Vec<Listen>,
    commands: Bound,
    admin: Option<Bound>,
    url_file: Option<UrlFile>,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
    limits: Limits,
}

impl Ready {
    /// Binds every listener, and the socket that commands speak to.
    pub(super) async fn bind(settings: &Settings, app: &Shared) -> Result<Self, Failure> {
        // Before anybody can see that we are here, and ask us to stop.
        let stop = serve::stop_signal()
            .map_err(|error| Failure::unavailable(format!("cannot handle signals: {error}")))?;
        store::make_data_dir(&settings.data_dir)?;
        let tls = settings
            .tls
            .clone()
            .map(|source| Tls::open(source, &settings.data_dir, app.clock.clone()))
            .transpose()
            .map_err(|error| Failure::configuration(error.to_string()))?;
        let mut bound = Vec::new();
        for listen in &settings.listen {
            bound.push(bind(listen, tls.as_ref()).await?);
        }
        let commands = bind(&Listen::Unix(settings.data_dir.join(socket::NAME)), None).await?;
        let admin = match &settings.admin_listen {
            Some(listen) => Some(bind(listen, tls.as_ref()).await?),
            None => None,
        };
        let url_file = UrlFile::write(&settings.data_dir, &bound)
            .map_err(|error| Failure::unavailable(format!("cannot write serve.url: {error}")))?;
        Ok(Self {
            app: Arc::clone(app),
            bound,
            listen: settings.listen.clone(),
            commands,
            admin,
            url_file,
            stop: Box::pin(stop),
            limits: Limits::default().within_open_files(),
        })
    }

    /// The addresses, as people read them.
    pub(super) fn addresses(&self) -> String {
        let shown = self.bound.iter().zip(&self.listen);
        let shown: Vec<_> = shown
            .map(|(bound, listen)| bound.url().unwrap_or_else(|| listen.to_string()))
            .collect();
        shown.join(", ")
    }

    /// The URL of the first TCP listener.
    pub(super) fn url(&self) -> Option<String> {
        self.bound.iter().find_map(Bound::url)
    }

    /// Answers until SIGTERM or SIGINT, then finishes what is in flight.
    pub(super) async fn serve(self) -> Result<(), Failure> {
        // The generator seeds itself at its first use, which takes tenths of a second: now, not in
        // the first request.
        std::thread::spawn(random::bytes::<1>);
        let (stopped, stopping) = watch::channel(());
        let service = Service::new(Arc::clone(&self.app), router::routes());
        let swept = sweep(Arc::clone(&self.app), stopping.clone());
        let api = async {
            serve::serve(service, self.bound, self.stop, self.limits).await;
            stopped.send_replace(());
        };
        let commands = beside(
            socket::service(&self.app),
            Some(self.commands),
            &stopping,
            self.limits,
        );
        let admin = beside(
            metrics::service(&self.app),
            self.admin,
            &stopping,
            self.limits,
        );
        futures_util::future::join4(api, commands, admin, swept).await;
        drop(self.url_file);
        Ok(())
    }
}

/// Once a minute ends the jobs whose time is over, until the API is served no more.
async fn sweep(app: Shared, mut stopping: watch::Receiver<()>) {
    let mut minutes = tokio::time::interval(Duration::from_mins(1));
    loop {
        tokio::select! {
            _ = stopping.changed() => return,
            _ = minutes.tick() => {}
        }
        if let Err(error) = delivery::end::sweep(&app).await {
            tracing::warn!(%error, "jobs whose time is over could not be ended");
        }
    }
}

/// Serves a listener of its own, for as long as the API is served.
async fn beside(
    service: Router,
    bound: Option<Bound>,
    stopping: &watch::Receiver<()>,
    limits: Limits,
) {
    let mut stopping = stopping.clone();
    let stop = async move {
        // An error means that the sender is gone, which is the same news.
        let _ = stopping.changed().await;
    };
    if bound.is_some() {
        serve::serve(service, bound.into_iter().collect(), stop, limits).await;
    }
}

/// Refuses what only a server would stumble on, late: a path too long for the address of a socket
/// (108 bytes on Linux, 104 elsewhere, with a final zero).
pub(super) fn check_sockets(settings: &Settings) -> Result<(), Failure> {
    check_socket(&settings.data_dir.join(socket::NAME), "--data-dir")?;
    let given = settings.listen.iter().map(|listen| (listen, "--listen"));
    let admin = settings.admin_listen.iter();
    for (listen, flag) in given.chain(admin.map(|listen| (listen, "--admin-listen"))) {
        if let Listen::Unix(path) = listen {
            check_socket(path, flag)?;
        }
    }
    Ok(())
}

/// Whether a socket can have this path; if not, which flag is to be changed.
pub(super) fn check_socket(path: &Path, flag: &str) -> Result<(), Failure> {
    SocketAddr::from_pathname(path).map(drop).map_err(|_| {
        Failure::configuration(format!(
            "{} is too long for a unix socket; choose a shorter {flag}",
            path.display()
        ))
    })
}

async fn bind(listen: &Listen, tls: Option<&Arc<Tls>>) -> Result<Bound, Failure> {
    serve::bind(listen, tls)
        .await
        .map_err(|error| Failure::unavailable(error.to_string()))
}
