//! Turns the messages in `assets/lang` into functions of their own: `say.links(3, "3")`.
//!
//! What a language lacks, or says with other variables than English does, has no function: the
//! program that uses it does not compile. A message that nobody uses is a warning.

use std::env;
use std::process::ExitCode;

use fluent_typed::{BuildOptions, FtlOutputOptions, LintLevel, build_from_locales_folder};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=src/build.rs");
    let Ok(out) = env::var("OUT_DIR") else {
        return ExitCode::FAILURE;
    };
    let data = FtlOutputOptions::single_file(&format!("{out}/messages.ftl"));
    let options = BuildOptions::default()
        .with_locales_folder("assets/lang")
        .with_output_file_path(&format!("{out}/messages.rs"))
        .with_ftl_output(data)
        .with_prefix("")
        .with_lint_level(LintLevel::Strict)
        .without_bidi_isolation()
        .without_format();
    build_from_locales_folder(options)
}
