//! Names that no secret may have as a variable: what they say decides what a program runs.
//!
//! Whoever may write a secret need not be somebody who may decide what runs in every job that gets
//! it. So these are refused, by name, unless the one who starts the job allows them.

/// Why a name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// Where programs and their parts are looked for.
    Search,
    /// What the dynamic linker loads.
    Linker,
    /// What a shell runs, or how it reads what it runs.
    Shell,
    /// What an interpreter loads or does before the program.
    Interpreter,
    /// A command that another program starts.
    Command,
    /// Where a program finds settings, which name commands.
    Settings,
    /// How a build tool builds.
    Build,
    /// Whom a program believes, or where it gets code from.
    Source,
    /// What makes keys readable to others.
    Keys,
    /// Sealyard's own.
    Ours,
}

impl Reason {
    fn text(self) -> &'static str {
        match self {
            Self::Search => "it says where programs or their parts are looked for",
            Self::Linker => "it makes the dynamic linker or the C library load something",
            Self::Shell => "it makes a shell run something, or read it differently",
            Self::Interpreter => "it makes an interpreter load something",
            Self::Command => "it names a command that other programs start",
            Self::Settings => "it says where programs find their settings, which name commands",
            Self::Build => "it makes build tools run something",
            Self::Source => "it says where programs get code from, or whom they believe",
            Self::Keys => "it makes programs write down the keys of their connections",
            Self::Ours => "it would steer sealyard itself",
        }
    }
}

/// Every name that begins so.
const BEGINNINGS: &[(&str, Reason)] = &[
    ("LD_", Reason::Linker),
    ("DYLD_", Reason::Linker),
    ("_RLD", Reason::Linker),
    ("MALLOC_", Reason::Linker),
    ("BASH_FUNC_", Reason::Shell),
    ("GIT_CONFIG", Reason::Settings),
    ("GIT_SSL_", Reason::Source),
    ("CORECLR_", Reason::Interpreter),
    ("COR_", Reason::Interpreter),
    ("COMPLUS_", Reason::Interpreter),
    ("DOTNET_ROOT", Reason::Search),
    ("LUA_INIT", Reason::Interpreter),
    ("LUA_PATH", Reason::Interpreter),
    ("LUA_CPATH", Reason::Interpreter),
    ("NPM_CONFIG_", Reason::Settings),
    ("TF_CLI_", Reason::Command),
    ("CLOUDSDK_PYTHON", Reason::Interpreter),
    ("SEALYARD_", Reason::Ours),
];

/// Names between spaces, with their reason.
const NAMES: &[(Reason, &str)] = &[
    (
        Reason::Search,
        "PATH CDPATH FPATH MANPATH HELM_PLUGINS GCC_EXEC_PREFIX COMPILER_PATH",
    ),
    // The C library drops these, too, where a program has more rights than its caller.
    (
        Reason::Linker,
        "GCONV_PATH GETCONF_DIR GLIBC_TUNABLES HOSTALIASES LOCALDOMAIN LOCPATH NIS_PATH \
         NLSPATH RESOLV_HOST_CONF RES_OPTIONS TZDIR OPENSSL_CONF OPENSSL_ENGINES \
         OPENSSL_MODULES GIO_EXTRA_MODULES GIO_MODULE_DIR GTK_MODULES GTK_PATH QT_PLUGIN_PATH \
         GST_PLUGIN_PATH GI_TYPELIB_PATH",
    ),
    (
        Reason::Shell,
        "ENV BASH_ENV BASHOPTS BASH_COMPAT BASH_LOADABLES_PATH BASH_XTRACEFD IFS \
         POSIXLY_CORRECT PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 RPROMPT RPS1 SHELL SHELLOPTS \
         ZDOTDIR CONFIG_SHELL CONFIG_SITE PARALLEL_SHELL",
    ),
    (
        Reason::Interpreter,
        "NODE_OPTIONS NODE_PATH NODE_REPL_EXTERNAL_MODULE PYTHONPATH PYTHONSTARTUP PYTHONHOME \
         PYTHONINSPECT PYTHONWARNINGS PYTHONBREAKPOINT PYTHONUSERBASE PYTHONEXECUTABLE \
         PYTHONPLATLIBDIR PYTHONPYCACHEPREFIX PYTHONCASEOK PERL5LIB PERL5OPT PERL5DB \
         PERL5SHELL PERLLIB RUBYOPT RUBYLIB RUBYSHELL GEM_HOME GEM_PATH BUNDLE_GEMFILE \
         BUNDLE_PATH PHPRC PHP_INI_SCAN_DIR TCLLIBPATH R_HOME R_PROFILE R_PROFILE_USER \
         R_ENVIRON R_ENVIRON_USER R_LIBS R_LIBS_SITE R_LIBS_USER JULIA_LOAD_PATH \
         JULIA_DEPOT_PATH JULIA_PROJECT ERL_FLAGS ERL_AFLAGS ERL_ZFLAGS ERL_LIBS \
         ELIXIR_ERL_OPTIONS JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS JAVA_OPTS \
         JAVA_HOME CLASSPATH CATALINA_OPTS DOTNET_STARTUP_HOOKS DOTNET_ADDITIONAL_DEPS \
         DOTNET_SHARED_STORE DOTNET_HOST_PATH EMACSLOADPATH GUILE_LOAD_PATH",
    ),
    (
        Reason::Command,
        "EDITOR VISUAL FCEDIT SUDO_EDITOR KUBE_EDITOR SYSTEMD_EDITOR PAGER MANPAGER \
         PSQL_PAGER PSQL_EDITOR SYSTEMD_PAGER AWS_PAGER GH_PAGER GH_EDITOR GH_BROWSER \
         GLAB_PAGER DELTA_PAGER BAT_PAGER LESSOPEN LESSCLOSE LESSEDIT LESS BROWSER GIT_SSH \
         GIT_SSH_COMMAND GIT_ASKPASS GIT_EXEC_PATH GIT_EXTERNAL_DIFF GIT_PAGER GIT_EDITOR \
         GIT_SEQUENCE_EDITOR GIT_PROXY_COMMAND GIT_TEMPLATE_DIR GIT_ALLOW_PROTOCOL \
         GIT_PROTOCOL_FROM_USER SSH_ASKPASS SSH_ASKPASS_REQUIRE SUDO_ASKPASS RSYNC_RSH \
         RSYNC_CONNECT_PROG CVS_RSH SVN_SSH HGEDITOR BORG_RSH BORG_PASSCOMMAND \
         RESTIC_PASSWORD_COMMAND KUBECTL_EXTERNAL_DIFF ANSIBLE_VAULT_PASSWORD_FILE \
         TAR_OPTIONS ZIPOPT UNZIPOPT VIMINIT EXINIT SVN_EDITOR GOCACHEPROG GOAUTH \
         CARGO_REGISTRY_CREDENTIAL_PROVIDER",
    ),
    (
        Reason::Settings,
        "HOME XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_HOME XDG_DATA_DIRS XDG_RUNTIME_DIR \
         GIT_DIR GIT_COMMON_DIR GIT_WORK_TREE GIT_ATTR_SOURCE GNUPGHOME CURL_HOME WGETRC \
         INPUTRC PSQLRC APT_CONFIG DPKG_ROOT ANSIBLE_CONFIG ANSIBLE_LIBRARY AWS_CONFIG_FILE \
         AWS_SHARED_CREDENTIALS_FILE KUBECONFIG DOCKER_CONFIG DOCKER_CONTEXT DOCKER_HOST \
         CLOUDSDK_CONFIG GH_CONFIG_DIR TF_REATTACH_PROVIDERS TERRAFORM_CONFIG \
         YARN_RC_FILENAME YARN_YARN_PATH YARN_PLUGINS COMPOSER_HOME TERMINFO TERMINFO_DIRS \
         TERMCAP LESSKEYIN",
    ),
    (
        Reason::Build,
        "CC CXX CPP LD AR AS FC CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CPATH C_INCLUDE_PATH \
         CPLUS_INCLUDE_PATH OBJC_INCLUDE_PATH LIBRARY_PATH CGO_CFLAGS CGO_LDFLAGS \
         CCACHE_PREFIX CCACHE_COMPILER PKG_CONFIG PKG_CONFIG_PATH PKG_CONFIG_LIBDIR \
         CMAKE_TOOLCHAIN_FILE CMAKE_PREFIX_PATH CMAKE_PROJECT_INCLUDE MAKE MAKEFLAGS \
         MAKEFILES MFLAGS GNUMAKEFLAGS CARGO CARGO_HOME CARGO_BUILD_RUSTC \
         CARGO_BUILD_RUSTC_WRAPPER CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER CARGO_BUILD_RUSTDOC \
         CARGO_BUILD_RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTC RUSTC_WRAPPER \
         RUSTC_WORKSPACE_WRAPPER RUSTDOC RUSTDOCFLAGS RUSTFLAGS RUSTUP_HOME RUSTUP_TOOLCHAIN \
         GOFLAGS GOROOT GOPATH GOBIN GOENV GOTOOLCHAIN GOTOOLDIR MAVEN_OPTS MAVEN_ARGS \
         MAVEN_CONFIG GRADLE_OPTS GRADLE_USER_HOME ANT_OPTS ANT_ARGS SBT_OPTS \
         GHC_PACKAGE_PATH PERL_MM_OPT",
    ),
    (
        Reason::Source,
        "CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS \
         NODE_TLS_REJECT_UNAUTHORIZED AWS_CA_BUNDLE PYTHONHTTPSVERIFY GOPROXY GONOSUMDB \
         GONOSUMCHECK GOSUMDB GOINSECURE PIP_CONFIG_FILE PIP_INDEX_URL PIP_EXTRA_INDEX_URL \
         PIP_FIND_LINKS PIP_TRUSTED_HOST PIP_REQUIREMENT PIP_CONSTRAINT UV_INDEX_URL \
         UV_EXTRA_INDEX_URL UV_DEFAULT_INDEX UV_INDEX RUSTUP_DIST_SERVER RUSTUP_UPDATE_ROOT",
    ),
    (Reason::Keys, "SSLKEYLOGFILE"),
];

/// Why a variable of this name would change what programs run; `None` for the names that are only
/// names.
pub(super) fn reason(name: &str) -> Option<&'static str> {
    let exact = NAMES
        .iter()
        .find(|(_, names)| names.split(' ').any(|exact| exact == name));
    let begins = BEGINNINGS.iter().find(|(begin, _)| name.starts_with(begin));
    exact
        .map(|(reason, _)| reason.text())
        .or(begins.map(|(_, reason)| reason.text()))
        .or_else(|| of_cargo_target(name).then(|| Reason::Build.text()))
        .or_else(|| of_cargo_registry(name).then(|| Reason::Command.text()))
}

/// `CARGO_TARGET_…_RUNNER`, `…_LINKER` and `…_RUSTFLAGS`; other names of Cargo's hold tokens.
fn of_cargo_target(name: &str) -> bool {
    let ends = ["_RUNNER", "_LINKER", "_RUSTFLAGS"];
    name.starts_with("CARGO_TARGET_") && ends.iter().any(|end| name.ends_with(end))
}

/// `CARGO_REGISTRIES_…_CREDENTIAL_PROVIDER`; `CARGO_REGISTRIES_…_TOKEN` is what people deliver.
fn of_cargo_registry(name: &str) -> bool {
    name.starts_with("CARGO_REGISTRIES_") && name.ends_with("_CREDENTIAL_PROVIDER")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::name::SecretName;
    use std::collections::BTreeSet;

    #[test]
    fn what_changes_what_runs_has_a_reason() {
        let names = "PATH LD_PRELOAD LD_AUDIT DYLD_INSERT_LIBRARIES BASH_ENV ENV IFS SHELLOPTS \
             BASHOPTS PS4 PROMPT_COMMAND BASH_FUNC_ls%% NODE_OPTIONS NODE_PATH PYTHONPATH \
             PYTHONSTARTUP PYTHONHOME PERL5LIB PERL5OPT RUBYOPT RUBYLIB JAVA_TOOL_OPTIONS \
             _JAVA_OPTIONS JDK_JAVA_OPTIONS GIT_SSH GIT_SSH_COMMAND GIT_ASKPASS GIT_EXEC_PATH \
             GIT_CONFIG GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_GLOBAL GIT_EXTERNAL_DIFF \
             GIT_PAGER EDITOR VISUAL PAGER HOME SHELL GCONV_PATH LOCPATH NLSPATH \
             DOTNET_STARTUP_HOOKS CORECLR_PROFILER COR_ENABLE_PROFILING MAVEN_OPTS \
             GRADLE_OPTS RUSTC_WRAPPER SEALYARD_URL TF_CLI_ARGS_apply \
             CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER NPM_CONFIG_SCRIPT_SHELL \
             VIMINIT EXINIT SVN_EDITOR GOCACHEPROG GOAUTH CARGO_REGISTRY_CREDENTIAL_PROVIDER \
             CARGO_REGISTRIES_MINE_CREDENTIAL_PROVIDER PERL_MM_OPT EMACSLOADPATH \
             GUILE_LOAD_PATH LESSKEYIN SSLKEYLOGFILE";
        for name in names.split(' ') {
            assert!(reason(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_people_call_their_secrets_has_none() {
        let names = "TOKEN GH_TOKEN NPM_TOKEN NODE_AUTH_TOKEN CARGO_REGISTRY_TOKEN \
             CARGO_REGISTRIES_MINE_TOKEN TWINE_PASSWORD UV_PUBLISH_TOKEN PYPI_API_TOKEN \
             AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY DOCKER_PASSWORD DOCKERHUB_TOKEN \
             SSH_PRIVATE_KEY SSH_KNOWN_HOSTS GPG_PRIVATE_KEY DATABASE_URL TF_VAR_KEY \
             TF_TOKEN_APP_TERRAFORM_IO KUBE_CONFIG_DATA ANSIBLE_VAULT_PASSWORD \
             BUNDLE_GITHUB__COM ORG_GRADLE_PROJECT_SIGNING_KEY MAVEN_GPG_PASSPHRASE GIT_TOKEN \
             PATHS MY_PATH ENVIRONMENT PYTHON_TOKEN HTTPS_PROXY \
             GOOGLE_APPLICATION_CREDENTIALS SENTRY_AUTH_TOKEN CODECOV_TOKEN COMPOSER_AUTH";
        for name in names.split(' ') {
            assert_eq!(reason(name), None, "{name}");
        }
    }

    #[test]
    fn every_name_of_the_table_could_be_a_secrets() {
        let mut seen = BTreeSet::new();
        let begins = BEGINNINGS.iter().map(|(begin, _)| begin);
        let exact = NAMES.iter().flat_map(|(_, names)| names.split(' '));
        for name in exact.chain(begins.copied()) {
            assert!(SecretName::parse(name).is_ok(), "{name}");
            assert!(seen.insert(name), "{name} twice");
        }
    }
}
