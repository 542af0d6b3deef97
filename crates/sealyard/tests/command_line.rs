//! Sessions at the command line: `tests/cli/*.trycmd` and `*.toml`, each in a directory of its own.

#[test]
fn every_session_goes_as_written() {
    // Not the tester's settings.
    let cases = trycmd::TestCases::new();
    cases
        .env("NO_COLOR", "1")
        .case("tests/cli/*.trycmd")
        .case("tests/cli/*.toml");
}
