//! Layouts of the custom scalars dashboard from Python's dictionaries.

use glassboard_writer::{Category, Chart, Layout};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::convert::items;
use crate::error::{invalid_input, invalid_type, type_name};

/// `{category: {chart: ["Multiline" | "Margin", [tag, …]]}}`.
pub(crate) fn from_python(layout: &Bound<'_, PyAny>) -> PyResult<Layout> {
    let mut categories = Vec::new();
    for (category, charts) in items(layout, "layout")? {
        let mut found = Vec::new();
        for (title, properties) in items(&charts, &format!("layout[{category:?}]"))? {
            found.push(chart(
                &title,
                &properties,
                &format!("layout[{category:?}][{title:?}]"),
            )?);
        }
        categories.push(Category::new(category, found));
    }
    Ok(Layout::new(categories))
}

fn chart(title: &str, properties: &Bound<'_, PyAny>, argument: &str) -> PyResult<Chart> {
    let py = properties.py();
    let parts: Vec<Bound<'_, PyAny>> = properties.extract().map_err(|_| {
        let got = type_name(properties);
        let message =
            format!("{argument}: expected a list of a chart's kind and its tags, got {got}");
        invalid_type(py, message)
    })?;
    let [kind, tags, ..] = parts.as_slice() else {
        let message = format!(
            "{argument}: expected a chart's kind and its tags, got {} elements",
            parts.len()
        );
        return Err(invalid_input(py, message));
    };
    let tags = tags_of(tags, argument)?;
    if !kind.eq("Margin")? {
        return Ok(Chart::multiline(title, tags));
    }
    match tags.as_slice() {
        [value, lower, upper] => Ok(Chart::margin(title, value, lower, upper)),
        tags => {
            let message = format!(
                "{argument}: expected 3 tags (value, lower, upper), got {}",
                tags.len()
            );
            Err(invalid_input(py, message))
        }
    }
}

fn tags_of(tags: &Bound<'_, PyAny>, argument: &str) -> PyResult<Vec<String>> {
    let wrong = || {
        let message = format!(
            "{argument}: expected a list of tags, got {}",
            type_name(tags)
        );
        invalid_type(tags.py(), message)
    };
    if tags.is_instance_of::<PyString>() {
        return Err(wrong());
    }
    tags.extract().map_err(|_| wrong())
}
