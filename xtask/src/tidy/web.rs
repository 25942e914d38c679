//! Who may import whom in the page: `lib/api` <- `lib/charts`, `lib/widgets` <- `dashboards/*` <- the app.

use crate::shell::{files_below, root};
use std::{
    fs,
    path::{Component, Path, PathBuf},
};

/// Where a rule is broken, a line each.
pub(crate) fn problems() -> anyhow::Result<Vec<String>> {
    let source = root().join("web/src");
    let mut problems = Vec::new();
    for path in files_below(&source, &[".ts", ".svelte", ".js"]) {
        let Ok(from) = path.strip_prefix(&source) else {
            continue;
        };
        for import in imports(&fs::read_to_string(&path)?) {
            let Some(to) = resolve(from, &import) else {
                continue;
            };
            if let Some(problem) = forbidden(&layer(from), &layer(&to)) {
                problems.push(format!(
                    "web/src/{}: imports {import}: {problem}",
                    from.display()
                ));
            }
        }
    }
    Ok(problems)
}

#[derive(Debug, PartialEq, Eq)]
enum Layer {
    Api,
    /// The rest of `lib`: charts, widgets and what they share.
    Lib,
    Dashboard(String),
    App,
}

fn layer(path: &Path) -> Layer {
    let parts: Vec<_> = path
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    match parts
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["lib", "api", ..] => Layer::Api,
        ["lib", ..] => Layer::Lib,
        // A file directly in `dashboards` lists them for the app.
        ["dashboards", folder, _, ..] => Layer::Dashboard((*folder).to_owned()),
        _ => Layer::App,
    }
}

fn forbidden(from: &Layer, to: &Layer) -> Option<&'static str> {
    match (from, to) {
        (Layer::Api, Layer::Lib | Layer::Dashboard(_) | Layer::App) => {
            Some("lib/api stands below everything")
        }
        (Layer::Lib, Layer::Dashboard(_) | Layer::App) => {
            Some("lib knows no dashboard and not the app")
        }
        (Layer::Dashboard(a), Layer::Dashboard(b)) if a != b => {
            Some("dashboards never import one another")
        }
        (Layer::Dashboard(_), Layer::App) => Some("a dashboard does not know the app"),
        _ => None,
    }
}

/// The quoted names after `from` and in `import(…)`, `import '…'`.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for keyword in ["from ", "import(", "import "] {
        for (at, _) in text.match_indices(keyword) {
            let rest = text[at + keyword.len()..].trim_start();
            let Some(quote) = rest
                .chars()
                .next()
                .filter(|first| matches!(first, '\'' | '"'))
            else {
                continue;
            };
            if let Some((name, _)) = rest[1..].split_once(quote) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

/// The path below `web/src` that an import means; `None` for a package.
fn resolve(from: &Path, import: &str) -> Option<PathBuf> {
    let joined = if let Some(rest) = import.strip_prefix("$lib/") {
        Path::new("lib").join(rest)
    } else if let Some(rest) = import
        .strip_prefix("@/")
        .or_else(|| import.strip_prefix("$src/"))
    {
        PathBuf::from(rest)
    } else if import.starts_with('.') {
        from.parent()?.join(import)
    } else {
        return None;
    };
    let mut plain = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::{Layer, forbidden, imports, layer, resolve};
    use std::path::Path;

    #[track_caller]
    fn check(from: &str, import: &str, allowed: bool) {
        let to = resolve(Path::new(from), import).expect("an import of our own");
        assert_eq!(
            forbidden(&layer(Path::new(from)), &layer(&to)).is_none(),
            allowed,
            "{from} imports {import}"
        );
    }

    #[test]
    fn layers_hold() {
        check("lib/charts/lines.ts", "../api/client", true);
        check("lib/api/client.ts", "../charts/lines", false);
        check(
            "dashboards/text/Text.svelte",
            "../../lib/widgets/Button.svelte",
            true,
        );
        check(
            "dashboards/text/Text.svelte",
            "$lib/widgets/Button.svelte",
            true,
        );
        check("dashboards/text/Text.svelte", "./helpers", true);
        check("dashboards/text/Text.svelte", "../images/grid", false);
        check("dashboards/text/Text.svelte", "../../app/state", false);
        check("app/App.svelte", "../dashboards/text/Text.svelte", true);
        check("lib/widgets/Button.svelte", "../../app/state", false);
    }

    #[test]
    fn imports_are_found() {
        let text = "import { a } from './a';\nimport \"./b.css\";\nconst c = await import('./c');\nimport uPlot from 'uplot';";
        assert_eq!(imports(text), ["./a", "uplot", "./c", "./b.css"]);
        assert_eq!(resolve(Path::new("app/x.ts"), "uplot"), None);
        assert_eq!(layer(Path::new("dashboards/index.ts")), Layer::App);
    }
}
