//! What must not be seen in a job's output: the values, and the ways in which programs write them.
//!
//! ```text
//! forms    one value -> every byte string that stands for it
//! stream   those byte strings, found in output as it comes, and replaced by ***
//! ```
//!
//! GitHub: "Using secrets in GitHub Actions" (values are redacted in logs), and the encoders of its
//! runner, all of which are covered here.
//!
//! **Masking is no control.** It keeps a value out of a log where somebody printed it by mistake. Who
//! wants a value out writes it backwards. It also misses what nobody thought of: base64 that is
//! wrapped into lines, UTF-16, compression, two escapes on top of each other, a value with a colour
//! code or a line break inside, and up to four bits at each end of a value inside other base64.

mod escape;
mod forms;
pub mod stream;

#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

pub use forms::forms;

/// Shorter values and lines have no forms, in bytes: masking them would blot out half of a log and
/// so give them away.
pub const MIN_LENGTH: usize = 4;

/// A byte string to mask, wiped on drop.
type Form = Zeroizing<Vec<u8>>;

/// The [`forms`] of all values, each once, shortest first.
///
/// The order says nothing about which of them belong together.
#[expect(
    single_use_lifetimes,
    reason = "an anonymous one is not stable in this place"
)]
pub fn masks<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Vec<Form> {
    let mut masks = Vec::new();
    for value in values {
        forms::collect(value, &mut masks);
    }
    unique(masks)
}

/// Each once, sorted by length and then by bytes.
///
/// Lengths and beginnings are compared first, because they lie beside each other in memory and
/// nearly always decide.
fn unique(forms: Vec<Form>) -> Vec<Form> {
    let mut keyed: Vec<(usize, u64, Form)> = forms
        .into_iter()
        .map(|form| (form.len(), beginning(&form), form))
        .collect();
    keyed.sort_unstable_by(|a, b| {
        (a.0, a.1)
            .cmp(&(b.0, b.1))
            .then_with(|| a.2.as_slice().cmp(b.2.as_slice()))
    });
    keyed.dedup_by(|a, b| (a.0, a.1) == (b.0, b.1) && a.2 == b.2);
    keyed.into_iter().map(|(_, _, form)| form).collect()
}

/// The first eight bytes, as a number that sorts as they do.
fn beginning(form: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(form) {
        *to = *from;
    }
    u64::from_be_bytes(bytes)
}
