//! Selectors of labels, as Kubernetes has them: `matchLabels` and `matchExpressions`.

use std::borrow::Cow;

use crate::discover::pointer::text;
use crate::yaml::Node;

/// Whether what has these labels is selected.
pub(super) fn fits<'l>(selector: Option<Node<'_>>, label: &dyn Fn(&str) -> Option<Cow<'l, str>>) -> bool {
    let Some(selector) = selector else { return true };
    let labels = selector.get("matchLabels").map(|l| l.entries()).unwrap_or_default();
    let has =
        |(key, value): &(Node<'_>, Node<'_>)| label(&key.key()).as_deref() == Some(value.text().unwrap_or_default());
    labels.iter().all(has) && selector.items_of("matchExpressions").all(|e| expression(e, label))
}

/// Whether a selector selects all there is.
pub(super) fn is_empty(selector: Option<Node<'_>>) -> bool {
    let labels = selector.and_then(|s| s.get("matchLabels")).map(|l| l.entries()).unwrap_or_default();
    labels.is_empty() && selector.is_none_or(|s| s.items_of("matchExpressions").next().is_none())
}

fn expression<'l>(node: Node<'_>, label: &dyn Fn(&str) -> Option<Cow<'l, str>>) -> bool {
    let own = label(text(node, "key").unwrap_or_default());
    let listed = || node.items_of("values").any(|v| v.text() == own.as_deref());
    match text(node, "operator") {
        Some("In") => own.is_some() && listed(),
        Some("NotIn") => own.is_none() || !listed(),
        Some("Exists") => own.is_some(),
        Some("DoesNotExist") => own.is_none(),
        // Kubernetes refuses any other one.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_expressions() {
        let has = |text: &str| {
            let stream = crate::yaml::parse(text);
            let label = |key: &str| (key == "stage").then_some(Cow::Borrowed("prod"));
            fits(stream.documents[0].tree.root(), &label)
        };
        for (expression, expected) in [
            ("{}", true),
            ("{matchLabels: {stage: prod}}", true),
            ("{matchLabels: {stage: test}}", false),
            ("{matchExpressions: [{key: stage, operator: In, values: [test, prod]}]}", true),
            ("{matchExpressions: [{key: stage, operator: NotIn, values: [prod]}]}", false),
            ("{matchExpressions: [{key: zone, operator: NotIn, values: [prod]}]}", true),
            ("{matchExpressions: [{key: zone, operator: Exists}]}", false),
            ("{matchExpressions: [{key: zone, operator: DoesNotExist}]}", true),
            ("{matchExpressions: [{key: stage, operator: Likes}]}", false),
        ] {
            assert_eq!(has(expression), expected, "{expression}");
        }
    }
}
