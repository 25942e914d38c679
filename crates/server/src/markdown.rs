//! Markdown and string tensors to HTML that is safe to put into the page.
//!
//! Markdown is rendered with GitHub's tables, strikethrough, task lists and autolinks;
//! `$…$` and `$$…$$` become `<span data-math-style="inline|display">` for the page to
//! typeset. Whatever comes out goes through an allow-list, so that nothing logged can
//! run as script, load frames or style the page.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use comrak::Options;

/// Most elements of a string tensor that are shown as a table.
const MAX_CELLS: usize = 10_000;

/// Longest text rendered as Markdown; a longer one is shown as it is.
const MAX_MARKDOWN_BYTES: usize = 1 << 20;

/// Elements of TensorBoard's allow-list, and those that our Markdown extensions make.
const TAGS: &[&str] = &[
    "a",
    "b",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "input",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Pictures that may be written out in the text itself.
const INLINE_PICTURES: &[&str] = &[
    "data:image/png;base64,",
    "data:image/jpeg;base64,",
    "data:image/gif;base64,",
    "data:image/webp;base64,",
];

static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("code", HashSet::from(["class"])),
            ("img", HashSet::from(["src", "title", "alt"])),
            ("input", HashSet::from(["checked"])),
            ("ol", HashSet::from(["start"])),
            ("span", HashSet::from(["data-math-style"])),
            ("td", HashSet::from(["align"])),
            ("th", HashSet::from(["align"])),
        ]))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "data"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        // A link in a text must not replace the dashboard.
        .set_tag_attribute_value("a", "target", "_blank")
        .attribute_filter(allowed_value);
    builder
});

static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.math_dollars = true;
    // HTML in the text is kept here, and cut down to the allow-list afterwards.
    options.render.r#unsafe = true;
    options
});

/// The last word on attribute values.
fn allowed_value<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let allowed = match (element, attribute) {
        ("code", "class") => {
            let language = value.strip_prefix("language-").unwrap_or_default();
            !language.is_empty()
                && language
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "+-_#.".contains(c))
        }
        ("span", "data-math-style") => matches!(value, "inline" | "display"),
        ("img", "src") => {
            !is_data_url(value) || INLINE_PICTURES.iter().any(|start| value.starts_with(start))
        }
        (_, "href") => !is_data_url(value),
        _ => true,
    };
    allowed.then_some(Cow::Borrowed(value))
}

fn is_data_url(value: &str) -> bool {
    value
        .trim_start()
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("data:"))
}

/// Markdown as sanitised HTML.
pub(crate) fn markdown_to_html(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    if text.len() > MAX_MARKDOWN_BYTES {
        return format!("<pre>{}</pre>", escaped(text));
    }
    let html = comrak::markdown_to_html(text, &OPTIONS);
    let html = SANITIZER.clean(&html).to_string();
    only_check_boxes(html)
}

/// Makes every `<input>`, of which the allow-list leaves no type, a box that cannot be ticked:
/// all that a task list needs.
fn only_check_boxes(html: String) -> String {
    if html.contains("<input") {
        html.replace("<input", r#"<input type="checkbox" disabled"#)
    } else {
        html
    }
}

/// A string tensor as sanitised HTML: a single string as Markdown, one and two dimensions
/// as a table with Markdown in its cells, more as a table of the first 2-d slice below a
/// notice, as TensorBoard does.
///
/// `strings` are in row-major order.
pub(crate) fn tensor_to_html(shape: &[u64], strings: &[String]) -> String {
    let (rows, columns) = match shape {
        [] | [1] => return markdown_to_html(strings.first().map_or("", String::as_str)),
        [rows] => (*rows, 1),
        [.., rows, columns] => (*rows, *columns),
    };
    let mut html = String::new();
    if shape.len() > 2 {
        html.push_str(&slice_notice(shape.len()));
    }
    let columns = usize::try_from(columns).unwrap_or(usize::MAX).max(1);
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let shown = rows.min((MAX_CELLS / columns).max(1));
    html.push_str("<table><tbody>");
    for row in strings.chunks(columns).take(shown) {
        html.push_str("<tr>");
        for cell in row.iter().take(MAX_CELLS) {
            html.push_str("<td>");
            html.push_str(&markdown_to_html(cell));
            html.push_str("</td>");
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    if shown < rows {
        html.push_str(&rows_notice(shown, rows));
    }
    html
}

fn slice_notice(dimensions: usize) -> String {
    format!(
        "<p><strong>Warning:</strong> This text summary contained data of dimensionality {dimensions}, \
         but only 2d tables are supported. Showing a 2d slice of the data instead.</p>"
    )
}

fn rows_notice(shown: usize, rows: usize) -> String {
    format!("<p>Showing {shown} of {rows} rows.</p>")
}

fn escaped(text: &str) -> String {
    ammonia::clean_text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks what every link must have, and leaves it out: its order varies.
    fn without_link_attributes(html: &str) -> String {
        let mut plain = html.to_owned();
        for attribute in [
            r#" rel="noopener noreferrer nofollow""#,
            r#" target="_blank""#,
        ] {
            assert_eq!(
                html.matches("<a").count(),
                html.matches(attribute).count(),
                "{html}"
            );
            plain = plain.replace(attribute, "");
        }
        plain
    }

    #[test]
    fn renders_what_people_write() {
        assert_eq!(
            markdown_to_html("**a** ~~b~~"),
            "<p><strong>a</strong> <del>b</del></p>\n"
        );
        assert_eq!(
            markdown_to_html("```rust\nlet x = 1 < 2;\n```"),
            "<pre><code class=\"language-rust\">let x = 1 &lt; 2;\n</code></pre>\n"
        );
        let table = markdown_to_html("|lr|acc|\n|--|--:|\n|0.1|0.9|\n");
        assert!(table.contains("<th align=\"right\">acc</th>"), "{table}");
        assert!(table.contains("<td>0.1</td>"), "{table}");
        assert_eq!(
            markdown_to_html("$x^2$ and $$\\sum_i y_i$$"),
            "<p><span data-math-style=\"inline\">x^2</span> and \
             <span data-math-style=\"display\">\\sum_i y_i</span></p>\n"
        );
        assert_eq!(
            markdown_to_html("- [x] done"),
            "<ul>\n<li><input type=\"checkbox\" disabled checked=\"\"> done</li>\n</ul>\n"
        );
        assert_eq!(
            without_link_attributes(&markdown_to_html("<https://example.org/>")),
            "<p><a href=\"https://example.org/\">https://example.org/</a></p>\n"
        );
    }

    #[test]
    fn nothing_logged_can_run() {
        for (text, html) in [
            ("<script>alert(1)</script>a", "a"),
            ("<img src=x onerror=alert(1)>", "<img>"),
            ("[a](javascript:alert(1))", "<p><a>a</a></p>\n"),
            ("[a](data:text/html;base64,AAAA)", "<p><a>a</a></p>\n"),
            (
                "![a](data:image/svg+xml;base64,AAAA)",
                "<p><img alt=\"a\"></p>\n",
            ),
            (
                "![a](data:image/png;base64,AAAA)",
                "<p><img src=\"data:image/png;base64,AAAA\" alt=\"a\"></p>\n",
            ),
            (
                "<p style=\"position:fixed\" class=\"x\" id=\"app\">a</p>",
                "<p>a</p>",
            ),
            ("<iframe src=\"https://example.org\"></iframe>", ""),
            (
                "<input type=text name=token>",
                "<input type=\"checkbox\" disabled>",
            ),
            ("<form action=/><button>a</button></form>", "a"),
            (
                "<code class=\"language-a b\">x</code>",
                "<p><code>x</code></p>\n",
            ),
            ("<a href=\"api/v1/status\">x</a>", "<p><a>x</a></p>\n"),
        ] {
            let rendered = without_link_attributes(&markdown_to_html(text));
            assert_eq!(rendered.trim(), html.trim(), "{text}");
        }
    }

    #[test]
    fn tensors_are_tables() {
        let strings = |n: usize| (0..n).map(|i| format!("*{i}*")).collect::<Vec<_>>();
        assert_eq!(tensor_to_html(&[], &strings(1)), "<p><em>0</em></p>\n");
        assert_eq!(tensor_to_html(&[1], &strings(1)), "<p><em>0</em></p>\n");
        let row = |cells: &[usize]| {
            let cells: Vec<_> = cells
                .iter()
                .map(|i| format!("<td><p><em>{i}</em></p>\n</td>"))
                .collect();
            format!("<tr>{}</tr>", cells.concat())
        };
        assert_eq!(
            tensor_to_html(&[2], &strings(2)),
            format!("<table><tbody>{}{}</tbody></table>", row(&[0]), row(&[1]))
        );
        let square = format!(
            "<table><tbody>{}{}</tbody></table>",
            row(&[0, 1]),
            row(&[2, 3])
        );
        assert_eq!(tensor_to_html(&[2, 2], &strings(4)), square);
        assert_eq!(
            tensor_to_html(&[3, 2, 2], &strings(12)),
            format!(
                "<p><strong>Warning:</strong> This text summary contained data of dimensionality 3, \
                 but only 2d tables are supported. Showing a 2d slice of the data instead.</p>{square}"
            )
        );
        assert_eq!(tensor_to_html(&[0], &[]), "<table><tbody></tbody></table>");
        assert!(
            tensor_to_html(&[20_000], &strings(20_000))
                .ends_with("<p>Showing 10000 of 20000 rows.</p>")
        );
    }
}
