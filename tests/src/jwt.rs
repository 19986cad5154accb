//! An issuer of JSON Web Tokens, whose keys are made when a test runs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use ring::{hmac, signature};
use serde_json::{Value, json};
use sotto_mpc::Ticket;
use sotto_server::access::jwt::JwtOptions;
use sotto_server::access::store::now;
use tempfile::TempDir;

/// What the server is called in its tokens.
const AUDIENCE: &str = "a server of the tests";

/// An issuer, and the file in which its public keys are.
pub struct Issuer {
    /// What it is called in its tokens.
    pub name: String,
    keys: Vec<(String, EcdsaKeyPair)>,
    folder: TempDir,
}

impl Issuer {
    /// With a key of each name on P-256, all of them in the file.
    pub fn new(names: &[&str]) -> Self {
        let random = SystemRandom::new();
        let key = |name: &&str| {
            let scheme: &'static signature::EcdsaSigningAlgorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let document = EcdsaKeyPair::generate_pkcs8(scheme, &random).expect("there is randomness");
            let key = EcdsaKeyPair::from_pkcs8(scheme, document.as_ref(), &random).expect("a key that was just made");
            ((*name).to_owned(), key)
        };
        let keys = names.iter().map(key).collect();
        let folder = TempDir::new().expect("a temporary directory");
        let issuer = Self { name: "https://issuer.example".into(), keys, folder };
        issuer.publish(names);
        issuer
    }

    /// The options of a server that takes its tokens.
    pub fn options(&self) -> JwtOptions {
        JwtOptions {
            jwt_keys: Some(self.folder.path().join("keys.json")),
            jwt_issuer: Some(self.name.clone()),
            jwt_audience: Some(AUDIENCE.into()),
        }
    }

    /// Replaces the file by one with these keys.
    pub fn publish(&self, names: &[&str]) {
        let jwk = |(name, key): &(String, EcdsaKeyPair)| {
            let (x, y) = key.public_key().as_ref()[1..].split_at(32);
            json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": name, "x": encoded(x), "y": encoded(y) })
        };
        let published = self.keys.iter().filter(|(name, _)| names.contains(&name.as_str()));
        self.publish_text(&json!({ "keys": published.map(jwk).collect::<Vec<_>>() }).to_string());
    }

    /// Replaces the file by one with this text.
    pub fn publish_text(&self, text: &str) {
        let written = self.folder.path().join("new");
        std::fs::write(&written, text).expect("the file can be written");
        std::fs::rename(written, self.folder.path().join("keys.json")).expect("the file can be moved");
    }

    /// A token of the first key that is right but for what `otherwise` says; what is null there is left out.
    pub fn token(&self, subject: &str, otherwise: Value) -> Ticket {
        self.token_by(&self.keys[0].0, subject, otherwise)
    }

    /// As [`Issuer::token`], of the key of that name.
    pub fn token_by(&self, name: &str, subject: &str, otherwise: Value) -> Ticket {
        let (_, key) = self.keys.iter().find(|(known, _)| known == name).expect("there is a key of that name");
        let message = message("ES256", name, &self.claims(subject, otherwise));
        let signature = key.sign(&SystemRandom::new(), message.as_bytes()).expect("there is randomness");
        Ticket::new(&format!("{message}.{}", encoded(signature.as_ref())))
    }

    /// One that says that it needs no signature.
    pub fn unsigned(&self, subject: &str) -> Ticket {
        Ticket::new(&format!("{}.", message("none", &self.keys[0].0, &self.claims(subject, json!({})))))
    }

    /// One that takes the public key for a shared secret.
    pub fn signed_with_public_key(&self, subject: &str) -> Ticket {
        let (name, key) = &self.keys[0];
        let message = message("HS256", name, &self.claims(subject, json!({})));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.public_key().as_ref()), message.as_bytes());
        Ticket::new(&format!("{message}.{}", encoded(tag.as_ref())))
    }

    fn claims(&self, subject: &str, otherwise: Value) -> Value {
        let mut claims = json!({ "iss": self.name, "aud": AUDIENCE, "sub": subject, "exp": now() + 3600 });
        for (name, value) in otherwise.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        if let Some(claims) = claims.as_object_mut() {
            claims.retain(|_, value| !value.is_null());
        }
        claims
    }
}

fn message(algorithm: &str, key: &str, claims: &Value) -> String {
    let header = json!({ "alg": algorithm, "typ": "JWT", "kid": key });
    format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims.to_string().as_bytes()))
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
