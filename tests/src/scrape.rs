//! Prometheus' text format, read strictly: what its own parser would refuse, or quietly misunderstand, is an error here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Running;

/// What a scrape says.
#[derive(Debug, Default)]
pub struct Scrape {
    /// Of each family, `counter`, `gauge` or `histogram`.
    pub kinds: BTreeMap<String, String>,
    /// Each series by its name and labels, as they are written.
    pub values: BTreeMap<String, f64>,
}

impl Scrape {
    /// Reads one.
    ///
    /// # Errors
    /// The line that is not as it should be, and why.
    pub fn read(text: &str) -> Result<Scrape, String> {
        if !text.ends_with('\n') {
            return Err("the last line does not end".into());
        }
        let (mut scrape, mut finished, mut current) = (Scrape::default(), BTreeSet::new(), String::new());
        for line in text.lines() {
            let wrong = |why: &str| format!("'{line}': {why}");
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, text) = help.split_once(' ').ok_or_else(|| wrong("there is no help"))?;
                if text.is_empty() || !finished.insert(std::mem::replace(&mut current, name.into())) {
                    return Err(wrong("a family without help, or in two places"));
                }
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').ok_or_else(|| wrong("there is no type"))?;
                let known = ["counter", "gauge", "histogram"].contains(&kind);
                if name != current || !known || scrape.kinds.insert(name.into(), kind.into()).is_some() {
                    return Err(wrong("a type of another family, unknown, or twice"));
                }
            } else {
                let (series, value) = line.rsplit_once(' ').ok_or_else(|| wrong("there is no value"))?;
                let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
                let kind = scrape.kinds.get(&current).ok_or_else(|| wrong("its family has no type"))?;
                let belongs = match name.strip_prefix(current.as_str()) {
                    Some("") => kind != "histogram",
                    Some("_bucket" | "_sum" | "_count") => kind == "histogram",
                    _ => false,
                };
                let is_name = |text: &str| {
                    !text.starts_with(|c: char| c.is_ascii_digit())
                        && !text.is_empty()
                        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                };
                if !belongs || !is_name(name) || (kind == "counter") != name.ends_with("_total") && kind != "histogram"
                {
                    return Err(wrong("it is not of the family above, or its name is not of its type"));
                }
                let labels = labels.strip_suffix('}').ok_or_else(|| wrong("the labels do not end"))?;
                let labels = match labels {
                    "" => "",
                    some => some.strip_suffix('"').ok_or_else(|| wrong("the last label does not end"))?,
                };
                for label in labels.split("\",").filter(|label| !label.is_empty()) {
                    let (key, value) = label.split_once("=\"").ok_or_else(|| wrong("there is no label"))?;
                    if !is_name(key) || value.contains(['"', '\\']) {
                        return Err(wrong("a label that Sotto has no need of"));
                    }
                }
                let value: f64 = value.parse().map_err(|_| wrong("that is no number"))?;
                if value < 0.0 || value.is_nan() || scrape.values.insert(series.into(), value).is_some() {
                    return Err(wrong("below zero, no number, or twice"));
                }
            }
        }
        scrape.buckets()?;
        Ok(scrape)
    }

    /// The value of a series, 0 where it is not there yet.
    pub fn get(&self, series: &str) -> u64 {
        self.values.get(series).map_or(0, |&value| value as u64)
    }

    /// The sum over all series of a family.
    pub fn sum(&self, family: &str) -> u64 {
        let of_family = |series: &str| series.split('{').next() == Some(family);
        self.values.iter().filter(|(series, _)| of_family(series)).map(|(_, &value)| value as u64).sum()
    }

    /// Buckets hold those before them, and the last one all.
    fn buckets(&self) -> Result<(), String> {
        let mut of: BTreeMap<(&str, String), Vec<(f64, f64)>> = BTreeMap::new();
        for (series, &value) in &self.values {
            let Some((family, labels)) = series.split_once("_bucket{") else { continue };
            let mut bound = None;
            let others = labels.trim_end_matches('}').split(',').filter(|label| {
                let le = label.strip_prefix("le=\"").and_then(|le| le.trim_end_matches('"').parse::<f64>().ok());
                bound = bound.or(le);
                le.is_none()
            });
            let others = others.collect::<Vec<_>>().join(",");
            let bound = bound.ok_or_else(|| format!("{series}: a bucket without a bound"))?;
            of.entry((family, others)).or_default().push((bound, value));
        }
        for ((family, labels), mut buckets) in of {
            buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
            let grows = buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1);
            let count = self.values.get(&format!("{family}_count{{{labels}}}"));
            let sum = self.values.contains_key(&format!("{family}_sum{{{labels}}}"));
            let last = buckets.last().filter(|(bound, _)| bound.is_infinite()).map(|(_, value)| value);
            if !grows || last.is_none() || last != count || !sum {
                return Err(format!("{family} of {labels}: buckets {buckets:?}, count {count:?}"));
            }
        }
        Ok(())
    }
}

/// Status and body of an answer.
pub async fn get(authority: &str, path: &str) -> (u16, String) {
    let (status, _, body) = get_all(authority, path).await;
    (status, body)
}

/// Status, head in lower case, and body.
pub async fn get_all(authority: &str, path: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(authority).await.expect("an answer");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("an answer");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
    (head.split(' ').nth(1).expect("an answer").parse().expect("an answer"), head.to_lowercase(), body.to_owned())
}

/// What a server's metrics say now.
pub async fn scrape(server: &Running) -> Scrape {
    let (status, body) = get(server.health.as_ref().unwrap_or(&server.authority), "/metrics").await;
    assert_eq!(status, 200);
    Scrape::read(&body).unwrap_or_else(|why| panic!("{why}\n{body}"))
}

/// Scrapes until it shows what comes a little after a client has what it wants.
pub async fn scrape_until(server: &Running, holds: impl Fn(&Scrape) -> bool) -> Scrape {
    for _ in 0..400 {
        let scrape = scrape(server).await;
        if holds(&scrape) {
            return scrape;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never comes: {:#?}", scrape(server).await.values);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_prometheus_would_refuse_is_refused() {
        let counter = "# HELP a_total A.\n# TYPE a_total counter\na_total{b=\"c\"} 1\n";
        assert_eq!(Scrape::read(counter).unwrap().get("a_total{b=\"c\"}"), 1);
        for wrong in [
            "a_total 1\n".to_owned(),
            counter.trim_end().to_owned(),
            format!("{counter}a_total{{b=\"c\"}} 2\n"),
            format!("{counter}b 2\n"),
            format!("{counter}a_total{{b=\"c}} 2\n"),
            format!("{counter}a_total -2\n"),
            format!("{counter}a_total two\n"),
            format!("{counter}# HELP b B.\n# TYPE b gauge\nb 1\n{counter}"),
            "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum{} 1\nh_count{} 1\n"
                .into(),
            "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum{} 1\nh_count{} 1\n".into(),
        ] {
            assert!(Scrape::read(&wrong).is_err(), "{wrong}");
        }
    }
}
