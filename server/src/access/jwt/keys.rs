//! An issuer's public keys: a JWK Set (RFC 7517) in a file.

use std::path::Path;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, Header};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// Most keys of a file: a token without the name of its key is tried with all that fit.
const MOST_KEYS: usize = 32;

/// Most bytes of a file.
const MOST_BYTES: u64 = 1 << 20;

/// Least bits of an RSA modulus, as RFC 7518, 3.3 demands.
const LEAST_MODULUS: usize = 2048;

/// Most bits of one.
const MOST_MODULUS: usize = 8192;

/// What only private and symmetric keys have.
const SECRETS: [&str; 2] = ["d", "k"];

/// What RSA keys may be used for that name no algorithm.
const RSA: [Algorithm; 6] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512];

/// Which key it is, whatever it is called.
pub(super) type Fingerprint = [u8; 32];

/// A key that tokens may be signed with.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// What it is called (`kid`).
    id: Option<String>,
    /// For which algorithms it is: one, or for RSA a few.
    algorithms: Vec<Algorithm>,
    pub(super) key: DecodingKey,
    pub(super) fingerprint: Fingerprint,
}

/// All keys of an issuer.
#[derive(Clone, Debug, Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
    /// What is in the file and cannot be used, with the reason.
    pub(super) left_out: Vec<String>,
}

impl KeySet {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Usage`] with the file and what is wrong with it.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let wrong = |why: String| Error::Usage(format!("--jwt-keys {}: {why}", file.display()));
        let size = file.metadata().map_err(|e| wrong(e.to_string()))?.len();
        if size > MOST_BYTES {
            return Err(wrong(format!("it has {size} bytes, and {MOST_BYTES} are allowed")));
        }
        let text = std::fs::read(file).map_err(|e| wrong(e.to_string()))?;
        Self::parse(&text).map_err(wrong)
    }

    /// Of a JWK Set's text.
    pub(super) fn parse(text: &[u8]) -> std::result::Result<Self, String> {
        let set: Value = serde_json::from_slice(text).map_err(|e| format!("it is no JSON: {e}"))?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or("it is no JWK Set, which is like {\"keys\":[…]}")?;
        if keys.len() > MOST_KEYS {
            return Err(format!("it has {} keys, and {MOST_KEYS} are allowed", keys.len()));
        }
        let mut all = KeySet::default();
        for (index, key) in keys.iter().enumerate() {
            let name = match key.get("kid").and_then(Value::as_str) {
                Some(id) => format!("key '{id}'"),
                None => format!("key {} of the file", index + 1),
            };
            if SECRETS.iter().any(|secret| key.get(secret).is_some()) {
                return Err(format!("{name} is a private or symmetric key: an issuer's public keys belong here"));
            }
            // RFC 7517, 5: what is not understood is not used, and does not make the others useless.
            match Key::read(key) {
                Ok(key) => all.keys.push(key),
                Err(why) => all.left_out.push(format!("{name}: {why}")),
            }
        }
        match (&all.keys[..], &all.left_out[..]) {
            ([], []) => Err("there is no key in it".into()),
            ([], left_out) => Err(format!("there is no key in it that can be used: {}", left_out.join("; "))),
            _ => Ok(all),
        }
    }

    /// The keys that may have signed a token with this head: those that it names, if it names one, for its algorithm.
    pub(super) fn of(&self, header: &Header) -> impl Iterator<Item = &Key> {
        let named = move |key: &&Key| header.kid.is_none() || header.kid == key.id;
        self.keys.iter().filter(named).filter(|key| key.algorithms.contains(&header.alg))
    }

    /// Whether a key is among them.
    pub(super) fn has(&self, fingerprint: &Fingerprint) -> bool {
        self.keys.iter().any(|key| key.fingerprint == *fingerprint)
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }
}

impl Key {
    fn read(key: &Value) -> std::result::Result<Self, String> {
        let jwk: Jwk = serde_json::from_value(key.clone()).map_err(|e| e.to_string())?;
        let common = &jwk.common;
        if common.public_key_use.as_ref().is_some_and(|purpose| *purpose != PublicKeyUse::Signature) {
            return Err("its use is another than sig".into());
        }
        if common.key_operations.as_ref().is_some_and(|all| !all.contains(&KeyOperations::Verify)) {
            return Err("its key_ops are without verify".into());
        }
        let by_type: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => &RSA,
            AlgorithmParameters::EllipticCurve(key) => match key.curve {
                EllipticCurve::P256 => &[Algorithm::ES256],
                EllipticCurve::P384 => &[Algorithm::ES384],
                _ => return Err("its curve is none of P-256 and P-384".into()),
            },
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
            _ => return Err("its kty is none of EC, RSA and OKP with Ed25519".into()),
        };
        let its_own = |algorithm: &Algorithm| match common.key_algorithm {
            Some(only) => KeyAlgorithm::from(*algorithm) == only,
            None => true,
        };
        let algorithms: Vec<Algorithm> = by_type.iter().copied().filter(its_own).collect();
        if algorithms.is_empty() {
            return Err("its alg is none that is allowed for its type".into());
        }
        let key = DecodingKey::from_jwk(&jwk).map_err(|_| "its numbers cannot be read".to_owned())?;
        let fingerprint = fingerprint(&key, algorithms[0])?;
        Ok(Key { id: common.key_id.clone(), algorithms, key, fingerprint })
    }
}

/// The fingerprint of a key whose numbers are as long as they should be.
fn fingerprint(key: &DecodingKey, algorithm: Algorithm) -> std::result::Result<Fingerprint, String> {
    let mut hash = Sha256::new();
    match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, e } => {
            let bits = n.first().map_or(0, |first| 8 * n.len() - first.leading_zeros() as usize);
            if !(LEAST_MODULUS..=MOST_MODULUS).contains(&bits) {
                return Err(format!("its modulus has {bits} bits, and {LEAST_MODULUS} to {MOST_MODULUS} are allowed"));
            }
            hash.update((n.len() as u64).to_le_bytes());
            hash.update(n);
            hash.update(e);
        }
        DecodingKeyKind::SecretOrDer(point) => {
            let expected = match algorithm {
                Algorithm::ES256 => 65,
                Algorithm::ES384 => 97,
                _ => 32,
            };
            if point.len() != expected {
                return Err("its numbers are too short or too long for its curve".into());
            }
            hash.update(point);
        }
    }
    Ok(hash.finalize().into())
}
