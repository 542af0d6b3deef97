//! The program at the command line: sessions in `tests/cli/*.trycmd` and `*.toml`, each in a
//! directory of its own, and what such a session cannot show.

#[cfg(test)]
mod beginnings;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod place;
#[cfg(test)]
mod real;
#[cfg(test)]
mod run;

#[test]
fn every_session_goes_as_written() {
    // Not the tester's settings.
    let cases = trycmd::TestCases::new();
    cases
        .env("NO_COLOR", "1")
        .case("tests/cli/*.trycmd")
        .case("tests/cli/*.toml");
}
