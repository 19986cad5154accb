//! `sotto inspect`: a bundle's program, rings and costs.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use sotto_mpc::plan::{Bytes, Plan, plan};
use sotto_mpc::{Encryption, Forecast, KeyUse, Line};
use sotto_nn::bundle::Bundle;
use sotto_nn::card::Decision;
use sotto_nn::{ModelDigest, Op, OpKind, Sign, ValueType, Window};
use sotto_server::models::load_bundle;
use sotto_server::printable;

use crate::accuracy::held_out;
use crate::agreement::AgreementArgs;
use crate::output::{say, say_json};
use crate::table::{bytes, table};
use crate::{Error, Result};

/// Options of `sotto inspect`.
#[derive(Args, Clone, Debug)]
pub(crate) struct InspectArgs {
    /// Directory of the bundle.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,

    /// For the costs.
    #[command(flatten)]
    agreement: AgreementArgs,

    /// The line whose seconds are forecast: milliseconds there and back.
    #[arg(long, value_name = "MS", default_value_t = 1.0)]
    rtt: f64,

    /// Megabits a second of that line.
    #[arg(long, value_name = "MBIT", default_value_t = 1000.0)]
    rate: f64,

    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl InspectArgs {
    /// The line.
    ///
    /// # Errors
    /// For numbers that no line has.
    fn line(&self) -> Result<Line> {
        let (rtt, rate) = (self.rtt, self.rate);
        if !(0.0..=1e6).contains(&rtt) {
            return Err(Error::Usage(format!("--rtt must be between 0 and 1000000 milliseconds, not {rtt}")));
        }
        if !(1e-3..=1e9).contains(&rate) {
            return Err(Error::Usage(format!("--rate must be between 0.001 and 10^9 megabits a second, not {rate}")));
        }
        Ok(Line { round_trip: rtt / 1e3, rate: rate * 1e6 })
    }
}

pub(crate) fn run(args: &InspectArgs) -> Result<()> {
    // The name of `.` is the directory's.
    let dir = args.bundle.canonicalize().map_err(|e| Error::file(&args.bundle, e))?;
    let bundle = load_bundle(&dir)?;
    let params = args.agreement.params();
    let digest = bundle.digest().map_err(|e| Error::Internal(e.to_string()))?;
    let plan = plan(&bundle.program, params).map_err(|e| Error::Input(e.message().into()))?;
    let forecast = plan.forecast(args.line()?);
    if args.json {
        let Bundle { id, program, card, .. } = &bundle;
        return say_json(&json!({
            "id": id, "card": card, "program": program, "digest": digest, "params": params, "plan": plan, "forecast": forecast,
            "possible": bundle.possible_scores(),
        }));
    }
    let Forecast { preprocess, online } = forecast;
    let text = for_people(&bundle, digest, &plan);
    say(&format!(
        "{text}on a line of {} ms and {} Mbit/s, two native parties: about {preprocess:.1} s to prepare, {online:.2} s online\n",
        args.rtt, args.rate
    ))
}

fn for_people(bundle: &Bundle, digest: ModelDigest, plan: &Plan) -> String {
    let program = &bundle.program;
    let parameters: usize = bundle.weights.iter().map(|(_, tensor)| tensor.len()).sum();
    let mut text = format!("{} ({}): {} parameters\n", printable(&bundle.card.title), bundle.id, parameters);
    text += &format!("version, the digest of card and program: {digest}\n");
    // A logit is the second class's.
    let logit = usize::from(matches!(bundle.card.decision, Decision::Logit { .. }));
    let scores: Vec<String> = (bundle.card.classes.iter().skip(logit).zip(bundle.possible_scores()))
        .map(|(class, [low, high])| format!("{} {low} to {high}", printable(class)))
        .collect();
    text += &format!("possible scores: {}\n", scores.join(", "));
    text += &format!("input: {} = {}\n", shape(&program.input), rings(&program.input));
    text += &held_out(&bundle.card);
    if let Some(overflow) = &bundle.card.overflow {
        text += &format!("overflow: {}\n", overflow.sentence());
    }
    if let Some(statistics) = &bundle.card.statistics {
        let (features, rows) = (statistics.features.len(), statistics.rows);
        text += &format!("statistics: {features} features of {rows} calibration rows, to compare inputs with\n");
    }
    text.push('\n');
    text += &table(
        &["operation", "computes", "shape", "ring", "fraction"],
        &program.ops.iter().map(op_row).collect::<Vec<_>>(),
    );
    text += "\nEach operation's cost: its correlations are made in preprocessing, its bytes and rounds are the online phase's.\n";
    let rows: Vec<Vec<String>> = plan
        .ops
        .iter()
        .map(|op| {
            let counts = [op.bit_ots, op.leaf_ots, op.triples].map(|n| n.to_string());
            let mut row = vec![op.name.clone(), bytes(sum(op.preprocess))];
            row.extend(counts);
            row.extend([bytes(op.online.to_server), bytes(op.online.to_client), op.rounds.to_string()]);
            row
        })
        .collect();
    text += &table(
        &["operation", "own preprocessing", "OTs", "leaf OTs", "triples", "to server", "to client", "rounds"],
        &rows,
    );
    text += &encrypted(plan);
    let phases = [("setup, once a session", plan.setup), ("preprocessing", plan.preprocess), ("online", plan.online)];
    let rows: Vec<Vec<String>> = phases
        .map(|(name, b)| vec![name.into(), bytes(b.to_server), bytes(b.to_client), bytes(sum(b))])
        .into_iter()
        .collect();
    text += "\nOne inference:\n";
    text += &table(&["phase", "to server", "to client", "sum"], &rows);
    text += &format!("online rounds: {}\n", plan.online_rounds);
    let [client, server] = plan.stored.map(bytes);
    text += &format!("prepared correlations: {client} at the client, {server} at the server");
    text += &match plan.generated_online {
        0 => "; the online phase generates none\n".into(),
        n => format!("; beyond the budget, the online phase generates {n}\n"),
    };
    text
}

/// The encrypted layers, if there are any.
fn encrypted(plan: &Plan) -> String {
    let layers = plan.ops.iter().filter_map(|op| op.encryption.as_ref().map(|he| (&op.name, he)));
    let row = |(name, he): (&String, &Encryption)| {
        let [a, b] = he.reply_bits;
        let bits = [format!("{:.1}", he.noise_bits), he.flood_bits.to_string(), format!("{:.1}", he.margin_bits)];
        let counts = [he.uploads, he.computed, he.replies].map(|n| n.to_string());
        let shape = [he.set.to_owned(), format!("{}×{}", he.channels, he.outputs)];
        let [rest, whole] = he.upload_bits;
        let sizes = [format!("{rest}, {whole}"), format!("{a}, {b}")];
        [vec![name.clone()], shape.to_vec(), counts.to_vec(), sizes.to_vec(), bits.to_vec()].concat()
    };
    let rows: Vec<Vec<String>> = layers.map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let headings = [
        "encrypted layer",
        "set",
        "channels",
        "uploads",
        "computed",
        "replies",
        "upload bits",
        "reply bits",
        "noise",
        "flooding",
        "margin",
    ];
    let about = "Ciphertexts of linear layers: channels in and out of a polynomial; bits of a coefficient; noise at most, flooding, and what is left, in bits.";
    format!("\n{about}\n{}{}", table(&headings, &rows), plan.keys.as_ref().map_or(String::new(), key_use))
}

/// How far one inference may be from what can be simulated without the weights, and how long keys last.
fn key_use(keys: &KeyUse) -> String {
    let KeyUse { values, distance_bits, inferences, key_bytes } = keys;
    let size = bytes(*key_bytes);
    let flooding = format!("flooding: 2^-{distance_bits:.1} an inference, {values} values");
    format!("{flooding}; keys of {size} renewed after {inferences} inferences\n")
}

fn op_row(op: &Op) -> Vec<String> {
    let kind = match &op.kind {
        OpKind::Linear { weight_bits, .. } => format!("linear, {weight_bits}-bit weights"),
        OpKind::Add { shift_a: 0, shift_b: 0 } => "add".into(),
        OpKind::Add { shift_a, shift_b } => format!("(a << {shift_a}) + (b << {shift_b})"),
        OpKind::Relu => "max(x, 0)".into(),
        OpKind::Shift { amount, sign } => format!("x >> {amount}, {}", known(*sign)),
        OpKind::ReluShift { amount } => format!("max(x, 0) >> {amount}"),
        OpKind::Conv { weight_bits, window, groups, .. } => {
            let groups = if *groups == 1 { String::new() } else { format!(", {groups} groups") };
            format!("convolution {}{groups}, {weight_bits}-bit weights", extents(window))
        }
        OpKind::MaxPool { window } => format!("largest of {}", extents(window)),
        OpKind::SumPool { window } => format!("sum of {}", extents(window)),
        OpKind::Clip { max, amount: 0 } => format!("min(max(x, 0), {max})"),
        OpKind::Clip { max, amount } => format!("min(max(x, 0), {max}) >> {amount}"),
        OpKind::Divide { divisor, sign } => format!("x / {divisor}, {}", known(*sign)),
        OpKind::Concat { axis, .. } => format!("concatenation, axis {axis}"),
        OpKind::Pad { .. } => "padding".into(),
        OpKind::Argmax => "argmax".into(),
        OpKind::Threshold { least } => match least[..] {
            [least] => format!("x >= {least}"),
            _ => format!("{} thresholds", least.len()),
        },
        OpKind::Reshape => "reshape".into(),
    };
    vec![op.name.clone(), kind, shape(&op.output), op.output.bits.to_string(), op.output.frac_bits.to_string()]
}

fn extents(window: &Window) -> String {
    let Window { kernel: [height, width], stride: [down, right], .. } = window;
    if (*down, *right) == (1, 1) {
        format!("{height}×{width}")
    } else {
        format!("{height}×{width}, stride {down}×{right}")
    }
}

fn known(sign: Sign) -> &'static str {
    match sign {
        Sign::Any => "any x",
        Sign::NonNegative => "x >= 0",
        Sign::Bounded => "|x| < 2^(l-2)",
    }
}

fn shape(ty: &ValueType) -> String {
    ty.shape.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}

fn rings(ty: &ValueType) -> String {
    format!("{} values in a ring of {} bits, {} of them fraction", ty.len(), ty.bits, ty.frac_bits)
}

fn sum(bytes: Bytes) -> u64 {
    bytes.to_server + bytes.to_client
}
