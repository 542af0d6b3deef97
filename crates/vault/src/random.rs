//! The only source of randomness: the generator of aws-lc-rs, which is seeded by
//! the operating system and reseeds itself after a fork or a snapshot.

/// Fills `bytes` with random bytes.
///
/// When the system has no randomness to give there is no safe way on, and
/// nothing to tell a caller: the process aborts.
pub fn fill(bytes: &mut [u8]) {
    if aws_lc_rs::rand::fill(bytes).is_err() {
        std::process::abort();
    }
}

/// `N` random bytes: identifiers, salts, instance ids. For keys, [`fill`] a
/// buffer that is wiped. Aborts as [`fill`] does.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn two_draws_differ_and_every_byte_is_drawn() {
        let draws: Vec<[u8; 64]> = (0..64).map(|_| bytes()).collect();
        assert_ne!(draws[0], draws[1]);
        for position in 0..64 {
            assert!(
                draws.iter().any(|draw| draw[position] != 0),
                "byte {position} is never set"
            );
        }
    }
}
