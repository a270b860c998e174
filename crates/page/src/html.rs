//! One HTML file with everything in it.

use serde::Serialize;

const STYLE: &str = include_str!("../assets/page.css");
const UPLOT_STYLE: &str = include_str!("../assets/third-party/uplot/uPlot.min.css");
const UPLOT: &str = include_str!("../assets/third-party/uplot/uPlot.iife.min.js");
const UPLOT_LICENCE: &str = include_str!("../assets/third-party/uplot/LICENSE");

/// A part of a page: what it is called, and its text.
pub(crate) enum PagePart<'a> {
    /// A script, run in order.
    Script(&'a str),
    /// The library that draws curves.
    Curves,
    /// A text that no script changes, with an id.
    Text(&'a str, &'a str),
}

/// A document with a title, a JSON object `data`, and parts.
pub(crate) fn document(
    title: &str,
    body: &str,
    data: &impl Serialize,
    parts: &[PagePart<'_>],
) -> String {
    // A `<` in a string could end the element that it stands in.
    let data = serde_json::to_string(data).unwrap_or_default().replace('<', "\\u003c");
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:\">\n\
         <title>{}</title>\n<style>\n",
        escaped(title)
    );
    if parts.iter().any(|part| matches!(part, PagePart::Curves)) {
        text.push_str(UPLOT_STYLE);
    }
    text.push_str(STYLE);
    text.push_str("</style>\n</head>\n<body>\n");
    text.push_str(body);
    text.push_str("<script type=\"application/json\" id=\"data\">");
    text.push_str(&data);
    text.push_str("</script>\n");
    for part in parts {
        match part {
            PagePart::Script(script) => text.push_str(&format!("<script>\n{script}</script>\n")),
            PagePart::Curves => {
                text.push_str(&format!(
                    "<!-- uPlot\n{UPLOT_LICENCE}-->\n<script>\n{UPLOT}\n</script>\n"
                ));
            }
            PagePart::Text(id, content) => {
                text.push_str(&format!(
                    "<script type=\"text/plain\" id=\"{id}\">{content}</script>\n"
                ));
            }
        }
    }
    text.push_str("</body>\n</html>\n");
    text
}

/// A text between tags.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_run_ends_an_element() {
        let hostile = "</script><script>alert(1)</script>";
        let page = document(hostile, "", &[hostile], &[]);
        assert!(!page.contains("alert(1)</script>"), "{page}");
        assert!(page.contains("&lt;/script&gt;") && page.contains("\\u003c/script>"), "{page}");
    }
}
