//! What the rules on listeners of the Gateway API share.

use crate::model::gateway_api::Listener;
use crate::model::read::unknown;

/// What tells one listener from another: hostname (empty for all), port and protocol; `None` where one is not known.
pub(super) fn key<'s>(listener: &Listener<'s>) -> Option<(&'s str, u32, &'s str)> {
    let hostname = listener.hostname.map_or("", |h| h.value);
    let protocol = listener.protocol?.value;
    (!unknown(hostname) && !unknown(protocol)).then_some((hostname, listener.port()?, protocol))
}

/// `HTTP port 80, hostname shop.example.com`, for messages.
pub(super) fn shown((hostname, port, protocol): (&str, u32, &str)) -> String {
    let host = if hostname.is_empty() { "all hostnames".to_string() } else { format!("hostname {hostname}") };
    format!("{protocol} port {port}, {host}")
}
