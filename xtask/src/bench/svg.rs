//! Charts of horizontal rows as SVG, drawn by hand: a bar from zero, or on a logarithmic axis a dot.

/// Who a row is about; decides its colour.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Published,
    Native,
    Browser,
}

/// One row.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) value: f64,
    /// The value as it is written beside its mark.
    pub(super) shown: String,
    pub(super) kind: Kind,
}

/// A chart.
pub(super) struct Chart {
    pub(super) title: String,
    /// What the axis counts.
    pub(super) axis: String,
    pub(super) logarithmic: bool,
    pub(super) rows: Vec<Row>,
}

const WIDTH: f64 = 760.0;
/// The plot's left and right end; the labels are left of it, the last value's text right of it.
const LEFT: f64 = 290.0;
const RIGHT: f64 = 680.0;
const TOP: f64 = 52.0;
const ROW: f64 = 28.0;
const STEPS: f64 = 5.0;

/// Its own background in either scheme, so that it can be read on any page.
const STYLE: &str = "\
text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; fill: #1f2328; }
.title { font-size: 15px; font-weight: 600; }
.tick, .axis { font-size: 12px; fill: #59636e; }
.card { fill: #ffffff; stroke: #d1d9e0; }
.value { paint-order: stroke; stroke: #ffffff; stroke-width: 5px; }
.grid { stroke: #e3e7eb; }
.published { fill: #8b949e; }
.native { fill: #0969da; }
.browser { fill: #bc4c00; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.tick, .axis { fill: #9198a1; }
.card { fill: #0d1117; stroke: #3d444d; }
.value { stroke: #0d1117; }
.grid { stroke: #262c34; }
.published { fill: #848d97; }
.native { fill: #4493f8; }
.browser { fill: #f0883e; }
}";

impl Kind {
    fn class(self) -> &'static str {
        match self {
            Kind::Published => "published",
            Kind::Native => "native",
            Kind::Browser => "browser",
        }
    }
}

impl Chart {
    /// The document.
    pub(super) fn draw(&self) -> String {
        let axis = Axis::new(&self.rows, self.logarithmic);
        let bottom = TOP + ROW * self.rows.len() as f64;
        let height = bottom + 52.0;
        let title = escape(&self.title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\" aria-label=\"{title}\">\n<title>{title}</title>\n<style>\n{STYLE}\n</style>\n"
        );
        let (inner_width, inner_height) = (WIDTH - 1.0, height - 1.0);
        svg += &format!(
            "<rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"{inner_width}\" height=\"{inner_height}\" rx=\"6\"/>\n"
        );
        svg += &format!("<text class=\"title\" x=\"16\" y=\"28\">{title}</text>\n");
        for tick in axis.ticks() {
            let x = axis.place(tick);
            svg += &format!("<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom}\"/>\n");
            svg += &text("tick", x, bottom + 17.0, "middle", &number(tick));
        }
        svg += &text("axis", (LEFT + RIGHT) / 2.0, bottom + 38.0, "middle", &self.axis);
        for (k, row) in self.rows.iter().enumerate() {
            let middle = TOP + ROW * (k as f64 + 0.5);
            let (x, class) = (axis.place(row.value), row.kind.class());
            svg += &text("label", LEFT - 10.0, middle + 4.5, "end", &row.label);
            svg += &if self.logarithmic {
                format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{middle}\" r=\"6\"/>\n")
            } else {
                let (y, width, bar) = (middle - 9.0, x - LEFT, ROW - 10.0);
                format!("<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{bar}\"/>\n")
            };
            svg += &text("value", x + 11.0, middle + 4.5, "start", &row.shown);
        }
        svg + "</svg>\n"
    }
}

/// From values to places.
struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Axis {
    fn new(rows: &[Row], logarithmic: bool) -> Self {
        let values = rows.iter().map(|row| row.value);
        let largest = values.clone().fold(f64::MIN_POSITIVE, f64::max);
        if logarithmic {
            let smallest = values.fold(f64::INFINITY, f64::min);
            return Axis { low: power(smallest, f64::floor), high: power(largest, f64::ceil), logarithmic };
        }
        let step = step(largest);
        Axis { low: 0.0, high: (largest / step).ceil() * step, logarithmic }
    }

    fn place(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value / self.low).log10() / (self.high / self.low).log10()
        } else {
            value / self.high
        };
        LEFT + share * (RIGHT - LEFT)
    }

    fn ticks(&self) -> Vec<f64> {
        let step = step(self.high);
        let next = |&tick: &f64| Some(if self.logarithmic { tick * 10.0 } else { tick + step });
        std::iter::successors(Some(self.low), next).take_while(|tick| *tick <= self.high * 1.0001).collect()
    }
}

/// The power of ten beside a value.
fn power(value: f64, round: fn(f64) -> f64) -> f64 {
    10_f64.powf(round(value.log10()))
}

/// 1, 2 or 5 times a power of ten, so that about [`STEPS`] of them reach `high`.
fn step(high: f64) -> f64 {
    let unit = power(high / STEPS, f64::floor);
    let factors = [1.0, 2.0, 5.0, 10.0];
    unit * factors.into_iter().find(|factor| factor * unit * STEPS >= high * 0.999).unwrap_or(10.0)
}

/// A number as a person writes it: three digits, groups of thousands.
pub(super) fn number(value: f64) -> String {
    if value >= 1000.0 {
        let digits = format!("{value:.0}");
        let (head, tail) = digits.split_at(digits.len() % 3);
        let groups = tail.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
        return Some(head.to_owned())
            .filter(|head| !head.is_empty())
            .into_iter()
            .chain(groups)
            .collect::<Vec<_>>()
            .join(",");
    }
    let decimals = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn text(class: &str, x: f64, y: f64, anchor: &str, content: &str) -> String {
    let content = escape(content);
    format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y}\" text-anchor=\"{anchor}\">{content}</text>\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[f64]) -> Vec<Row> {
        let row = |&value| Row { label: "<a>".into(), value, shown: number(value), kind: Kind::Native };
        values.iter().map(row).collect()
    }

    #[test]
    fn axes_hold_their_values() {
        let linear = Axis::new(&rows(&[3.0, 27.0]), false);
        assert_eq!(linear.ticks(), [0.0, 10.0, 20.0, 30.0]);
        assert_eq!((linear.place(0.0), linear.place(30.0)), (LEFT, RIGHT));
        let logarithmic = Axis::new(&rows(&[352.0, 23140.0]), true);
        assert_eq!(logarithmic.ticks().len(), 4);
        assert_eq!(logarithmic.place(100.0), LEFT);
        assert!((logarithmic.place(100_000.0) - RIGHT).abs() < 1e-9);
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.123, 1.5, 18.7, 352.0, 999.6, 2716.0, 23140.2].map(number);
        assert_eq!(shown, ["0", "0.12", "1.5", "18.7", "352", "1000", "2,716", "23,140"]);
    }

    #[test]
    fn labels_are_escaped() {
        let chart = Chart { title: "a & b".into(), axis: "bits".into(), logarithmic: false, rows: rows(&[1.0]) };
        let svg = chart.draw();
        assert!(svg.contains("&lt;a>") && svg.contains("a &amp; b") && !svg.contains("<a>"));
    }
}
