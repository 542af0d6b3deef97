//! The only type that holds a value.

use zeroize::{Zeroizing, optimization_barrier};

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
pub struct Plaintext(Vec<u8>);

impl Plaintext {
    /// The value. Whoever calls this answers for where the bytes go.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The buffer, which is not wiped any more, with room for so many bytes more. If it has none, the value
    /// is moved to one that has.
    pub(crate) fn into_room(mut self, more: usize) -> Vec<u8> {
        if self.0.capacity() - self.0.len() >= more {
            return std::mem::take(&mut self.0);
        }
        let mut buffer = Vec::with_capacity(self.0.len() + more);
        buffer.extend_from_slice(&self.0);
        buffer
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
        Self(value)
    }
}

impl From<Zeroizing<Vec<u8>>> for Plaintext {
    fn from(mut value: Zeroizing<Vec<u8>>) -> Self {
        Self(std::mem::take(&mut *value))
    }
}

impl Drop for Plaintext {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Zeroes a buffer up to its capacity, as `zeroize` does; but many bytes at a time and each once, where
/// that writes byte after byte, and twice. A job of 300 values is told by it.
fn wipe(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.resize(buffer.capacity(), 0);
    // What nobody reads need not be written; the barrier may read it.
    optimization_barrier(buffer.as_slice());
}

#[cfg(test)]
mod tests {
    use super::{Plaintext, wipe};

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
    fn wiping_zeroes_a_buffer_up_to_its_capacity_where_it_is() {
        for len in [0, 1, 63, 4_096] {
            let mut buffer = vec![0xA5; len];
            buffer.reserve_exact(100);
            let (address, capacity) = (buffer.as_ptr(), buffer.capacity());
            wipe(&mut buffer);
            assert_eq!((buffer.as_ptr(), buffer.capacity()), (address, capacity));
            assert_eq!(buffer, vec![0; capacity]);
        }
    }

    #[test]
    fn an_empty_value_is_a_value() {
        assert!(Plaintext::from(Vec::new()).is_empty());
    }
}
