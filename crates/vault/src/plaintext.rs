//! The only type that holds a value.

use zeroize::Zeroizing;

/// A secret value, or a private key on its way to or from its record.
///
/// Wiped on drop, capacity included. It cannot be printed, copied, compared or
/// serialised; [`expose`](Self::expose) is the one way to the bytes, easy to
/// search for in a review.
///
/// ```compile_fail,E0277
/// println!("{:?}", sealyard_vault::Plaintext::from(vec![1]));
/// ```
/// ```compile_fail,E0277
/// println!("{}", sealyard_vault::Plaintext::from(vec![1]));
/// ```
/// ```compile_fail,E0599
/// sealyard_vault::Plaintext::from(vec![1]).clone();
/// ```
/// ```compile_fail,E0369
/// use sealyard_vault::Plaintext;
/// Plaintext::from(vec![1]) == Plaintext::from(vec![1]);
/// ```
pub struct Plaintext(Zeroizing<Vec<u8>>);

impl Plaintext {
    /// The value. Whoever calls this answers for where the bytes go.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the value has no bytes; GitHub stores such values too.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Takes over the buffer without copying it. A buffer that grew on its way here
/// has left parts of the value in freed memory, unless the allocator wipes.
impl From<Vec<u8>> for Plaintext {
    fn from(value: Vec<u8>) -> Self {
        Self(Zeroizing::new(value))
    }
}

impl From<Zeroizing<Vec<u8>>> for Plaintext {
    fn from(value: Zeroizing<Vec<u8>>) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::Plaintext;

    #[test]
    fn a_plaintext_takes_over_the_buffer_without_copying_it() {
        let buffer = b"value".to_vec();
        let address = buffer.as_ptr();
        let value = Plaintext::from(buffer);
        assert_eq!(
            (value.expose(), value.len(), value.is_empty()),
            (&b"value"[..], 5, false)
        );
        assert_eq!(value.expose().as_ptr(), address);
    }

    #[test]
    fn an_empty_value_is_a_value() {
        assert!(Plaintext::from(Vec::new()).is_empty());
    }
}
