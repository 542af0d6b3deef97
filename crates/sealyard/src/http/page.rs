//! Pages: `per_page` and `page` never fail, and `Link` names the neighbours.

use std::fmt::Write as _;

use super::exchange::Exchange;

const DEFAULT_PER_PAGE: i64 = 30;
const MAX_PER_PAGE: i64 = 100;

/// A page that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: i64,
    /// 1 to 100.
    pub size: i64,
}

impl Page {
    /// Reads a query string. Nonsense gives the defaults, as on GitHub.
    pub fn from_query(query: Option<&str>) -> Self {
        let parameter = |name| {
            parameters(query)
                .find(|(key, _)| *key == name)
                .map(|(_, v)| v)
        };
        let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
        Self {
            number: number(parameter("page"))
                .filter(|page| *page > 0)
                .unwrap_or(1),
            size: number(parameter("per_page"))
                .filter(|size| *size > 0)
                .map_or(DEFAULT_PER_PAGE, |size| size.min(MAX_PER_PAGE)),
        }
    }

    /// How many items come before this page.
    pub fn offset(self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }

    /// The `Link` header for a list of `total` items, `None` where one page holds them all.
    ///
    /// `path` is the id-based path GitHub puts there, such as `/organizations/1/actions/secrets`.
    /// The caller's other parameters keep their order and spelling.
    pub fn link(self, exchange: &Exchange, path: &str, total: i64) -> Option<String> {
        let last = total.saturating_add(self.size - 1) / self.size;
        if last <= 1 && self.number <= 1 {
            return None;
        }
        let last = last.max(1);
        let mut header = String::new();
        let mut push = |rel: &str, page: i64| {
            let separator = if header.is_empty() { "" } else { ", " };
            let base = exchange.base_url();
            let query = with_page(exchange.query(), page);
            let _ = write!(header, "{separator}<{base}{path}?{query}>; rel=\"{rel}\"");
        };
        if self.number > 1 {
            push("prev", (self.number - 1).min(last));
        }
        if self.number < last {
            push("next", self.number + 1);
        }
        if self.number != last {
            push("last", last);
        }
        if self.number > 1 {
            push("first", 1);
        }
        (!header.is_empty()).then_some(header)
    }
}

/// The parameters of a query string, as sent (no percent-decoding: names and numbers need none).
pub fn parameters(query: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
    query
        .unwrap_or_default()
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// The query with `page` replaced in place, or appended.
fn with_page(query: Option<&str>, page: i64) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut placed = false;
    for part in query
        .unwrap_or_default()
        .split('&')
        .filter(|part| !part.is_empty())
    {
        if part == "page" || part.starts_with("page=") {
            if !placed {
                parts.push(format!("page={page}"));
            }
            placed = true;
        } else {
            // A header cannot hold these, and a browser would read them as markup.
            parts.push(part.replace(['<', '>', '"'], ""));
        }
    }
    if !placed {
        parts.push(format!("page={page}"));
    }
    parts.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_gives_the_defaults() {
        for query in [
            "per_page=0",
            "per_page=abc",
            "per_page=-1",
            "page=abc&page=2",
            "",
            "page=0",
        ] {
            assert_eq!(
                Page::from_query(Some(query)),
                Page {
                    number: 1,
                    size: 30
                },
                "{query}"
            );
        }
        let huge = Page::from_query(Some("page=9223372036854775807&per_page=500"));
        assert_eq!(
            huge,
            Page {
                number: i64::MAX,
                size: 100
            }
        );
        assert_eq!(huge.offset(), i64::MAX);
    }

    #[test]
    fn page_is_replaced_where_it_stood() {
        assert_eq!(with_page(Some("page=2&per_page=1"), 1), "page=1&per_page=1");
        assert_eq!(with_page(Some("per_page=abc"), 2), "per_page=abc&page=2");
        assert_eq!(with_page(None, 2), "page=2");
    }
}
