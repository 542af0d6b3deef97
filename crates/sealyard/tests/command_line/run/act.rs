use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::super::fake::Fake;
use super::run;

#[test]
fn act_is_told_names_and_finds_values_in_its_environment() {
    let dir = tempfile::tempdir().expect("a folder");
    let act = dir.path().join("act");
    // As act does: `-s NAME` without a value is looked up, and an empty one asked for.
    let script = "#!/bin/sh\necho \"$*\"\n[ -n \"$TOKEN\" ] && echo \"TOKEN has ${#TOKEN}\"\n\
        tr '\\0' '\\n' < /proc/$$/cmdline | grep -c hunter2\nls -A\n";
    fs::write(&act, script).expect("a script");
    fs::set_permissions(&act, fs::Permissions::from_mode(0o755)).expect("a mode");
    let fake = Fake::with(&[("EMPTY", b""), ("TOKEN", b"hunter2-hunter2")]);
    let words = [act.to_str().expect("UTF-8"), "push", "-j", "build"];
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = super::command(&fake, &[&["--"], &words[..]].concat());
    let output = command.current_dir(folder.path()).output();
    let end = super::end(output.expect("a program"));
    assert_eq!(
        end.stdout, "-s EMPTY= -s TOKEN push -j build\nTOKEN has 15\n0\n",
        "{}",
        end.stderr
    );
}

#[test]
fn with_files_act_is_told_nothing() {
    let fake = Fake::with(&[("TOKEN", b"hunter2-hunter2")]);
    let end = run(&fake, &["--files", "--", "sh", "-c", "echo ${TOKEN-none}"]);
    assert_eq!(end.stdout, "none\n");
}
