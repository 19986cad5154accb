//! `sotto serve --config FILE`: options in a TOML file. A key is the long name of an option, so that `--help` describes all of them;
//! options of the command line and of the environment come before it.

use std::ffi::OsString;
use std::path::Path;

use clap::builder::OsStr;
use clap::{Arg, ArgAction, ArgMatches, Command};
use toml::{Table, Value};

use crate::{Error, Result};

/// Options that make no sense in a file.
const NOT_IN_A_FILE: [&str; 4] = ["config", "check", "help", "bench"];

/// The subcommand that a file is for.
const SERVE: &str = "serve";

/// Parses a command line whose `serve` takes what it leaves open from the file that it names.
///
/// # Errors
/// Clap's, for the command line and the environment; the file's as one whose text names the file and the key.
pub(crate) fn parse(command: &Command, line: &[OsString]) -> std::result::Result<ArgMatches, Problem> {
    let matches = command.clone().try_get_matches_from(line).map_err(Problem::Line)?;
    let file = matches.subcommand_matches(SERVE).and_then(|serve| serve.get_one::<std::path::PathBuf>("config"));
    let Some(file) = file else { return Ok(matches) };
    let with_file = defaults(command, file).map_err(Problem::File)?;
    with_file.try_get_matches_from(line).map_err(Problem::Line)
}

/// Why a command line is not understood.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Itself, or a variable of the environment; or a wish for help.
    Line(clap::Error),
    /// The file that it names.
    File(Error),
}

/// The command with the file's values in place of the options' defaults.
fn defaults(command: &Command, file: &Path) -> Result<Command> {
    let wrong = |why: &str| Error::Usage(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|e| Error::file(file, e))?;
    let table: Table = text.parse().map_err(|e: toml::de::Error| wrong(e.to_string().trim_end()))?;
    let serve = command.find_subcommand(SERVE).ok_or_else(|| Error::Internal("there is no serve".into()))?;
    let mut changed = command.clone();
    for (key, value) in table {
        let Some(option) = options(serve).find(|option| option.get_long() == Some(&key)) else {
            let known: Vec<&str> = options(serve).filter_map(Arg::get_long).collect();
            return Err(wrong(&format!("'{key}' is no option of {SERVE}; there are {}", known.join(", "))));
        };
        let given = values(&value, option).map_err(|why| wrong(&format!("{key}: {why}")))?;
        check(command, option, &given).map_err(|why| wrong(&format!("{key}: {why}")))?;
        let id = option.get_id().clone();
        changed = changed.mut_subcommand(SERVE, |serve| serve.mut_arg(id, |option| option.default_values(given)));
    }
    Ok(changed)
}

/// What a file may set.
fn options(serve: &Command) -> impl Iterator<Item = &Arg> {
    serve.get_arguments().filter(|option| option.get_long().is_some_and(|name| !NOT_IN_A_FILE.contains(&name)))
}

/// A value as the command line has it.
fn values(value: &Value, option: &Arg) -> std::result::Result<Vec<OsStr>, String> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(OsStr::from(text.clone())),
        Value::Integer(number) => Ok(number.to_string().into()),
        Value::Float(number) => Ok(number.to_string().into()),
        other => Err(format!("{} is not expected here", other.type_str())),
    };
    match (value, option.get_action()) {
        (Value::Boolean(on), ArgAction::SetTrue) => Ok(vec![on.to_string().into()]),
        (_, ArgAction::SetTrue) => Err(format!("true or false is expected, not {}", value.type_str())),
        (Value::Array(list), ArgAction::Append) => list.iter().map(text).collect(),
        (value, _) => Ok(vec![text(value)?]),
    }
}

/// Whether the option takes the values.
fn check(command: &Command, option: &Arg, given: &[OsStr]) -> std::result::Result<(), String> {
    if matches!(option.get_action(), ArgAction::SetTrue) {
        return Ok(());
    }
    let name = option.get_long().unwrap_or_default();
    let flags = given.iter().map(|value| {
        let mut flag = OsString::from(format!("--{name}="));
        flag.push(value);
        flag
    });
    let line = ["sotto", SERVE].map(OsString::from).into_iter().chain(flags);
    let refused = command.clone().try_get_matches_from(line).err();
    refused.map_or(Ok(()), |error| {
        let text = error.to_string();
        Err(text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::{CommandFactory, FromArgMatches};

    use super::*;
    use crate::command::Cli;

    /// Text of a TOML file, and what is on the command line behind `--config FILE`.
    fn parsed(text: &str, line: &[&str]) -> std::result::Result<String, String> {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("sotto.toml");
        std::fs::write(&file, text).unwrap();
        let line: Vec<OsString> =
            ["sotto", SERVE, "--config", file.to_str().unwrap()].iter().chain(line).map(OsString::from).collect();
        match parse(&Cli::command(), &line) {
            Ok(matches) => Ok(format!("{:?}", Cli::from_arg_matches(&matches).unwrap())),
            Err(Problem::File(error)) => Err(error.to_string()),
            Err(Problem::Line(error)) => Err(error.to_string()),
        }
    }

    #[test]
    fn the_file_comes_after_the_command_line_and_before_defaults() {
        let file = "listen = '127.0.0.1:9'\nmax-sessions = 7\nstrict = true\nreveal = 'class'\nidle-timeout = 1.5\n\
                    allow-origin = ['https://a.example', 'https://b.example']";
        let seen = parsed(file, &["--max-sessions", "8"]).unwrap();
        for wanted in ["127.0.0.1:9", "max_sessions: 8", "strict: true", "reveal: Class", "idle_timeout: 1.5s"] {
            assert!(seen.contains(wanted), "{wanted}: {seen}");
        }
        assert!(seen.contains("a.example") && seen.contains("b.example"), "{seen}");
        assert!(seen.contains("max_connections: 4864"), "a default: {seen}");
        assert!(parsed("", &[]).unwrap().contains("strict: false"));
        assert!(parsed("strict = false", &["--strict"]).unwrap().contains("strict: true"));
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named_with_its_key() {
        let says = |text: &str, words: &str| {
            let why = parsed(text, &[]).unwrap_err();
            assert!(why.contains("sotto.toml: ") && why.contains(words), "{why}");
        };
        says("max-session = 7", "'max-session' is no option of serve; there are listen, ");
        says("config = 'other.toml'", "'config' is no option");
        says("max-sessions = 'many'", "max-sessions: invalid value 'many' for '--max-sessions <N>'");
        says("max-sessions = true", "max-sessions: boolean is not expected here");
        says("strict = 'yes'", "strict: true or false is expected, not string");
        says("listen = ['127.0.0.1:1', '127.0.0.1:2']", "listen: array is not expected here");
        says("[serve]\nlisten = '127.0.0.1:1'", "'serve' is no option");
        says("listen = ", "TOML parse error at line 1");
        says("strict = true\nstrict = false", "duplicate key");
    }

    /// The sample sets every option, with its default where it has one.
    #[test]
    fn the_sample_has_every_option() {
        let sample = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/sotto.toml");
        let text = std::fs::read_to_string(sample).unwrap();
        let set: String =
            text.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line)).collect::<Vec<_>>().join("\n");
        parsed(&set, &[]).unwrap();
        let keys: Table = set.parse().unwrap();
        let command = Cli::command();
        let known: Vec<&str> = options(command.find_subcommand(SERVE).unwrap()).filter_map(Arg::get_long).collect();
        assert_eq!(keys.len(), known.len(), "{known:?}");
        let bare = parsed("", &[]).unwrap();
        let written = parsed(&text, &[]).unwrap();
        let without_name =
            |text: &str| text.split_once("config: Some(").map(|(_, rest)| rest.split_once(')').unwrap().1.to_owned());
        assert_eq!(without_name(&bare), without_name(&written), "what is set is what would be without the file");
    }
}
