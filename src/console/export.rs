//! A list of purchases as a file: a table for spreadsheets, or JSON.
//!
//! ```text
//! the core ─▶ pages ─▶ rows that are wanted ─▶ ./alamor-purchases-2026-11-24.csv, a new file
//! ```
//!
//! Invariant: no cell is taken for a formula.
//!
//! Deliberately absent: secrets. Subscription ids stay masked, links and addresses out.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::Zoned;

use super::message::{Exported, Format};
use super::new_file;
use super::state::listed::Listed;
use crate::api::purchases::Purchase;
use crate::client::{Client, ClientError, PurchasesQuery};

/// Rows in a page: as many as the core gives.
const PAGE: u32 = 500;

/// The columns of a table.
const HEAD: [&str; 11] = [
    "id",
    "user",
    "panels",
    "profile",
    "active",
    "state",
    "last_outcome",
    "links",
    "kept",
    "age_ms",
    "expires_at",
];

/// Writes what is wanted of a list into a new file in `folder`.
///
/// # Errors
///
/// A sentence that says why there is no file.
pub(super) async fn run(
    client: &Client,
    listed: &Listed,
    format: Format,
    folder: &Path,
) -> Result<Exported, String> {
    let rows = read(client, listed).await.map_err(|error| error.to_string())?;
    let day = Zoned::now().strftime("%Y-%m-%d").to_string();
    let ending = match format {
        Format::Csv => "csv",
        Format::Json => "json",
    };
    let stem = folder.join(format!("alamor-purchases-{day}"));
    let path = new_file::write(&stem, ending, |file| write(BufWriter::new(file), &rows, format))?;
    Ok(Exported { path: path.display().to_string(), rows: rows.len() as u64 })
}

/// The ids of what is wanted of a list.
///
/// # Errors
///
/// See [`ClientError`].
pub(super) async fn read_ids(client: &Client, listed: &Listed) -> Result<Vec<i64>, ClientError> {
    Ok(read(client, listed).await?.iter().map(|row| row.id).collect())
}

/// Every row that is wanted, once, although the list may change from page to page.
async fn read(client: &Client, listed: &Listed) -> Result<Vec<Purchase>, ClientError> {
    let mut query = PurchasesQuery { limit: Some(PAGE), ..listed.query.clone() };
    let (mut rows, mut seen) = (Vec::new(), BTreeSet::new());
    loop {
        let page = client.list_purchases(&query).await?;
        let wanted = page.items.into_iter().filter(|row| listed.which.has(row.id));
        rows.extend(wanted.filter(|row| seen.insert(row.id)));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return Ok(rows);
        }
    }
}

fn write(mut out: impl Write, rows: &[Purchase], format: Format) -> io::Result<()> {
    match format {
        Format::Csv => {
            let mut table = csv::Writer::from_writer(&mut out);
            table.write_record(HEAD)?;
            for row in rows {
                table.write_record(cells(row))?;
            }
            table.flush()?;
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, rows)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()
}

fn cells(row: &Purchase) -> [String; 11] {
    let cells = [
        row.id.to_string(),
        row.user.map(|user| user.to_string()).unwrap_or_default(),
        row.panels.join(", "),
        row.profile.clone().unwrap_or_default(),
        row.active.to_string(),
        row.state.as_str().to_owned(),
        row.last_outcome.map(|outcome| outcome.as_str().to_owned()).unwrap_or_default(),
        row.links.to_string(),
        row.kept.to_string(),
        row.age_ms.map(|age| age.to_string()).unwrap_or_default(),
        row.expires_at.map(|at| at.to_string()).unwrap_or_default(),
    ];
    cells.map(|cell| harmless(&cell))
}

/// A text that no spreadsheet takes for a formula, without control characters.
///
/// # Source
///
/// OWASP, "CSV Injection": `=`, `+`, `-`, `@`, tab and line break at the start of a cell.
fn harmless(cell: &str) -> String {
    let cell: String = cell.chars().filter(|char| !char.is_control()).collect();
    if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::fixture::purchase;

    fn text(rows: &[Purchase], format: Format) -> String {
        let mut out = Vec::new();
        write(&mut out, rows, format).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_name_is_never_a_formula_and_never_a_control_character() {
        let mut row = purchase(7);
        row.profile = Some("=HYPERLINK(\"http://x\")".to_owned());
        row.panels = vec!["@\u{1b}[2Jde-1".to_owned(), "fr, \"2\"".to_owned()];
        let table = text(&[row], Format::Csv);
        assert!(table.starts_with("id,user,panels,"), "{table}");
        assert!(table.contains("\"'=HYPERLINK(\"\"http://x\"\")\""), "{table}");
        assert!(table.contains("\"'@[2Jde-1, fr, \"\"2\"\"\""), "{table}");
    }

    #[test]
    fn json_is_what_the_core_says() {
        let rows = [purchase(7), purchase(8)];
        let read: Vec<Purchase> = serde_json::from_str(&text(&rows, Format::Json)).unwrap();
        assert_eq!(read, rows);
    }
}
