//! The OpenAPI document, from which the page's TypeScript types are made.

/// The OpenAPI document as JSON, indented, with a line end.
///
/// # Errors
/// When the document cannot be serialised, which the tests rule out.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    let (_, document) = crate::routes::api();
    Ok(document.to_pretty_json()? + "\n")
}
