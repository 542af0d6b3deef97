use std::path::{Path, PathBuf};

use clap::{Command, FromArgMatches as _};
use tempfile::TempDir;

use super::*;

/// A settings file, the environment and the command line that a test gives.
struct Given<const E: usize> {
    file: &'static str,
    environment: [(&'static str, &'static str); E],
    flags: &'static str,
}

impl<const E: usize> Given<E> {
    fn load(&self) -> Result<Settings, ConfigError> {
        let dir = TempDir::new().expect("a temporary directory");
        let path = dir.path().join("sealyard.toml");
        std::fs::write(&path, self.file).expect("write the settings file");
        let mut flags = flags(self.flags);
        flags.config = Some(path);
        Settings::load(flags, &Environment::given(self.environment))
    }

    fn refusal(&self) -> String {
        self.load()
            .expect_err("these settings are refused")
            .to_string()
    }
}

fn flags(line: &str) -> ServeArgs {
    use clap::Args as _;
    let command = ServeArgs::augment_args(Command::new("serve").no_binary_name(true));
    let matches = command
        .try_get_matches_from(line.split_whitespace())
        .expect(line);
    ServeArgs::from_arg_matches(&matches).expect(line)
}

fn given(flags: &'static str) -> Given<0> {
    Given {
        file: "",
        environment: [],
        flags,
    }
}

fn in_file(file: &'static str) -> Given<0> {
    Given {
        file,
        environment: [],
        flags: "",
    }
}

#[test]
fn nothing_said_is_a_local_server_in_a_directory_beside_us() {
    let settings = given("").load().expect("the defaults are valid");
    assert_eq!(settings.data_dir, Path::new("./sealyard-data"));
    assert_eq!(
        settings.root_key_file,
        Path::new("./sealyard-data/root.key")
    );
    assert_eq!(
        settings.listen,
        ["127.0.0.1:8080".parse().expect("an address")]
    );
    assert_eq!(settings.profile, Profile::Ghes32);
    assert_eq!(settings.value_size_limit, 49_152);
    assert_eq!(settings.tls, None);
    assert!(!settings.allow_plain_http && !settings.private_mode);
    assert!(
        settings
            .explain()
            .iter()
            .all(|line| line.source == Source::Default)
    );
    settings.check_listeners().expect("loopback needs no TLS");
}

#[test]
fn a_flag_beats_the_environment_and_the_environment_beats_the_file() {
    let settings = Given {
        file: "data_dir = 'f'\nprofile = 'github.com'\nlog_level = 'error'\nvalue_size_limit = 9",
        environment: [("SEALYARD_DATA_DIR", "e"), ("SEALYARD_LOG_LEVEL", "debug")],
        flags: "--data-dir g",
    }
    .load()
    .expect("valid settings");
    assert_eq!(settings.data_dir, Path::new("g"));
    assert_eq!(settings.log.level, LevelFilter::DEBUG);
    assert_eq!(settings.profile, Profile::GithubCom);
    let source = |key| {
        settings
            .explain()
            .into_iter()
            .find(|line| line.key == key)
            .map(|line| line.source)
    };
    assert_eq!(source("data_dir"), Some(Source::Flag));
    assert_eq!(source("log_level"), Some(Source::Environment));
    assert_eq!(source("profile"), Some(Source::File));
    assert_eq!(source("value_size_limit"), Some(Source::File));
    assert_eq!(source("log_format"), Some(Source::Default));
}

#[test]
fn every_setting_can_come_from_each_of_the_three_places() {
    let file = "database_url = 'postgres://f'\nroot_key_file = 'k'\nlisten = ['[::1]:1', 'unix:s']\n\
        admin_listen = 'unix:a'\nbase_url = 'https://h/x'\ntls_cert = 'c'\ntls_key = 'k'\n\
        trusted_proxy = '10.0.0.0/8'\nallow_plain_http = true\nrate_limit = true\n\
        private_mode = true\npublic_key_for_readers = false\nlog_format = 'json'\n\
        tls_local = false\ndata_dir = 'd'\nprofile = 'github.com'\nlog_level = 'warn'\n\
        value_size_limit = 7\n[sealing]\naccept_unopened = true\n[delivery]\npeople = true";
    let flags = "--database-url postgres://f --root-key-file k --listen [::1]:1 --listen unix:s \
        --admin-listen unix:a --base-url https://h/x --tls-cert c --tls-key k \
        --trusted-proxy 10.0.0.0/8 --allow-plain-http --rate-limit --private-mode \
        --public-key-for-readers=false --log-format json --tls-local=false --data-dir d \
        --profile github.com --log-level warn --value-size-limit 7 --sealing-accept-unopened \
        --delivery-people";
    let environment = [
        ("SEALYARD_DATABASE_URL", "postgres://f"),
        ("SEALYARD_ROOT_KEY_FILE", "k"),
        ("SEALYARD_LISTEN", "[::1]:1,unix:s"),
        ("SEALYARD_ADMIN_LISTEN", "unix:a"),
        ("SEALYARD_BASE_URL", "https://h/x"),
        ("SEALYARD_TLS_CERT", "c"),
        ("SEALYARD_TLS_KEY", "k"),
        ("SEALYARD_TRUSTED_PROXY", "10.0.0.0/8"),
        ("SEALYARD_ALLOW_PLAIN_HTTP", "true"),
        ("SEALYARD_RATE_LIMIT", "true"),
        ("SEALYARD_PRIVATE_MODE", "true"),
        ("SEALYARD_PUBLIC_KEY_FOR_READERS", "false"),
        ("SEALYARD_LOG_FORMAT", "json"),
        ("SEALYARD_TLS_LOCAL", "false"),
        ("SEALYARD_DATA_DIR", "d"),
        ("SEALYARD_PROFILE", "github.com"),
        ("SEALYARD_LOG_LEVEL", "warn"),
        ("SEALYARD_VALUE_SIZE_LIMIT", "7"),
        ("SEALYARD_SEALING_ACCEPT_UNOPENED", "true"),
        ("SEALYARD_DELIVERY_PEOPLE", "true"),
    ];
    let by_file = in_file(file).load().expect("the file is valid").explain();
    let by_environment = Given {
        file: "",
        environment,
        flags: "",
    }
    .load()
    .expect("valid variables")
    .explain();
    let by_flags = given(flags).load().expect("valid flags").explain();
    assert_eq!(by_file.len(), environment.len());
    for ((file, environment), flag) in by_file.iter().zip(&by_environment).zip(&by_flags) {
        assert_eq!(file.value, environment.value, "{}", file.key);
        assert_eq!(file.value, flag.value, "{}", file.key);
        assert_eq!(
            [file.source, environment.source, flag.source],
            [Source::File, Source::Environment, Source::Flag],
            "{}",
            file.key
        );
    }
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let message = in_file("data_dir = 'd'\nlisten_on = '127.0.0.1:1'").refusal();
    assert!(
        message.contains("line 2: unknown field `listen_on`"),
        "{message}"
    );
    let message = in_file("[sealing]\naccept_everything = true").refusal();
    assert!(
        message.contains("line 2: unknown field `accept_everything`"),
        "{message}"
    );
    let message = in_file("config = 'another.toml'").refusal();
    assert!(message.contains("unknown field `config`"), "{message}");
}

#[test]
fn a_message_about_the_file_never_quotes_it() {
    for file in [
        "database_url = 'mysql://u:hunter2@db'",
        "database_url = 'postgres://u:hunter2@db",
        "database_url = 'postgres://u:hunter2@db'\ndatabase_url = 'postgres://u:hunter2@db'",
    ] {
        let message = in_file(file).refusal();
        assert!(!message.contains("hunter2"), "{message}");
    }
    let variables = Environment::given([("SEALYARD_DATABASE_URL", "u:hunter2@db")]);
    let message = Settings::load(ServeArgs::default(), &variables)
        .expect_err("no URL")
        .to_string();
    assert!(message.starts_with("SEALYARD_DATABASE_URL"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn a_wrong_variable_is_named_and_an_empty_one_is_not_set() {
    let variables = Environment::given([("SEALYARD_LISTEN", "8080"), ("SEALYARD_PROFILE", "")]);
    let message = Settings::load(ServeArgs::default(), &variables).expect_err("no address");
    assert!(
        message
            .to_string()
            .starts_with("SEALYARD_LISTEN in the environment: "),
        "{message}"
    );
    assert!(message.to_string().contains("HOST:PORT"), "{message}");
}

#[test]
fn the_environment_can_name_the_file() {
    let dir = TempDir::new().expect("a temporary directory");
    let path = dir.path().join("s.toml");
    std::fs::write(&path, "private_mode = true").expect("write the settings file");
    let variables = Environment::given([("SEALYARD_CONFIG", path.to_str().expect("UTF-8"))]);
    let settings = Settings::load(ServeArgs::default(), &variables).expect("valid settings");
    assert!(settings.private_mode);
    std::fs::remove_file(&path).expect("remove it");
    let error = Settings::load(ServeArgs::default(), &variables).expect_err("it is gone");
    assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
}

#[test]
fn plain_http_beyond_loopback_needs_a_decision() {
    for refused in [
        "--listen 0.0.0.0:80",
        "--listen [::1]:1 --listen [::]:1",
        "--admin-listen a:1",
    ] {
        let settings = given(refused).load().expect(refused);
        let error = settings.check_listeners().expect_err(refused).to_string();
        assert!(
            error.contains("--tls-local") && error.contains("--allow-plain-http"),
            "{error}"
        );
    }
    for accepted in [
        "--listen 0.0.0.0:80 --allow-plain-http",
        "--listen 0.0.0.0:80 --tls-local",
        "--listen 0.0.0.0:80 --tls-cert c --tls-key k",
        "--listen unix:s --listen localhost:80",
    ] {
        given(accepted)
            .load()
            .expect(accepted)
            .check_listeners()
            .expect(accepted);
    }
}

#[test]
fn certificates_come_from_one_place() {
    let files = TlsSource::Files {
        cert: PathBuf::from("c"),
        key: PathBuf::from("k"),
    };
    let by_both = Given {
        file: "tls_cert = 'c'\ntls_local = true",
        environment: [("SEALYARD_TLS_KEY", "k")],
        flags: "--tls-local=false",
    };
    assert_eq!(by_both.load().expect("valid settings").tls, Some(files));
    assert!(given("--tls-cert c").refusal().contains("go together"));
    assert!(
        given("--tls-key k --tls-local")
            .refusal()
            .contains("go together")
    );
    assert!(
        given("--tls-cert c --tls-key k --tls-local")
            .refusal()
            .contains("exclude")
    );
}

#[test]
fn limits_and_urls_are_checked() {
    assert!(in_file("listen = []").refusal().contains("empty list"));
    assert!(
        given("--value-size-limit 0")
            .refusal()
            .contains("1 to 262144")
    );
    assert!(
        given("--value-size-limit 262145")
            .refusal()
            .contains("1 to 262144")
    );
    for url in [
        "--base-url ftp://h",
        "--base-url https://u@h",
        "--base-url https://h/?q",
    ] {
        assert!(given(url).refusal().contains("--base-url"), "{url}");
    }
    let url = given("--base-url https://h/x")
        .load()
        .expect("valid")
        .base_url
        .expect("was set");
    assert_eq!(url.as_str(), "https://h/x/");
}

#[test]
fn commands_on_a_store_take_its_settings_from_the_same_places() {
    let args = StoreArgs {
        data_dir: Some("d".into()),
        ..StoreArgs::default()
    };
    let variables = Environment::given([("SEALYARD_DATABASE_URL", "postgres://h/d")]);
    let settings = Settings::load(args.into(), &variables).expect("valid settings");
    assert_eq!(settings.data_dir, Path::new("d"));
    assert_eq!(
        settings.database_url.expect("was set").as_str(),
        "postgres://h/d"
    );
}
