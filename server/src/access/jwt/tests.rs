use ::ring::rand::SystemRandom;
use ::ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use tempfile::TempDir;

use super::super::store::now;
use super::*;

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "sotto";

/// A key on P-256 whose tokens can be signed here.
struct Signer {
    key: EcdsaKeyPair,
    id: &'static str,
}

impl Signer {
    fn new(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        Signer { key, id }
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "kid": self.id, "x": encoded(x), "y": encoded(y) })
    }

    fn sign(&self, header: &Value, claims: &Value) -> Ticket {
        let message = message(header, claims);
        let signature = self.key.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        Ticket::new(&format!("{message}.{}", encoded(signature.as_ref())))
    }

    /// With the right head.
    fn token(&self, claims: &Value) -> Ticket {
        self.sign(&json!({ "alg": "ES256", "typ": "JWT", "kid": self.id }), claims)
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encoded(header.to_string().as_bytes()), encoded(claims.to_string().as_bytes()))
}

/// Claims that are right, and what is otherwise; what is null is left out.
fn claims(otherwise: Value) -> Value {
    let mut claims = json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "somebody", "exp": now() + 600 });
    for (name, value) in otherwise.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn issuer(keys: &[Value]) -> (TempDir, Issuer) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("keys.json");
    std::fs::write(&file, json!({ "keys": keys }).to_string()).unwrap();
    let issuer = Issuer::load(file, ISSUER.into(), AUDIENCE.into()).unwrap();
    (folder, issuer)
}

#[track_caller]
fn is_refused(issuer: &Issuer, token: &Ticket, words: &str) {
    let error = issuer.verify(token).expect_err(words);
    assert_eq!((error.kind(), error.message()), (ErrorKind::Ticket, words));
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

/// Keys and tokens were made by another implementation, pyca/cryptography.
#[test]
fn tokens_of_every_algorithm_are_taken() {
    let vectors = vectors();
    let (_folder, issuer) = issuer(vectors["keys"]["keys"].as_array().unwrap());
    let tokens = vectors["tokens"].as_object().unwrap();
    assert_eq!(tokens.len(), 9);
    for (algorithm, token) in tokens {
        let token = token.as_str().unwrap();
        let bearer = issuer.verify(&Ticket::new(token)).expect(algorithm);
        assert_eq!((bearer.account, bearer.budget), (subject(ISSUER, "Ünal"), Budget::default()));
        // Another signature, and another claim under the same one.
        let (head, signature) = token.rsplit_once('.').unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        bytes[20] ^= 1;
        is_refused(&issuer, &Ticket::new(&format!("{head}.{}", encoded(&bytes))), SIGNATURE);
        let header = head.split_once('.').unwrap().0;
        let other = encoded(claims(json!({ "sub": "somebody else" })).to_string().as_bytes());
        is_refused(&issuer, &Ticket::new(&format!("{header}.{other}.{signature}")), SIGNATURE);
    }
}

#[test]
fn what_a_token_must_have_is_asked_for() {
    let signer = Signer::new("one");
    let (_folder, issuer) = issuer(&[signer.jwk()]);
    let leeway = LEEWAY as i64;
    for right in [
        json!({}),
        json!({ "aud": ["elsewhere", AUDIENCE], "nbf": now() + leeway - 5, "iat": "yesterday" }),
        json!({ "exp": now() - leeway + 5 }),
        json!({ "exp": 1u64 << 60 }),
        json!({ "sotto_budget": "sessions=2, inferences=7/day" }),
    ] {
        let bearer =
            issuer.verify(&signer.token(&claims(right.clone()))).unwrap_or_else(|error| panic!("{right}: {error}"));
        let budget = right.get(BUDGET).map_or("", |text| text.as_str().unwrap());
        assert_eq!((bearer.account, bearer.budget), (subject(ISSUER, "somebody"), budget.parse().unwrap()));
    }
    let missing = "the ticket lacks one of exp, aud, iss and sub, or it cannot be read";
    let unreadable = "one of the ticket's claims cannot be read";
    for (otherwise, words) in [
        (json!({ "exp": null }), missing),
        (json!({ "aud": null }), missing),
        (json!({ "iss": null }), missing),
        (json!({ "sub": null }), missing),
        (json!({ "exp": "tomorrow" }), missing),
        (json!({ "exp": 1e300 }), missing),
        (json!({ "sub": 7 }), missing),
        (json!({ "aud": 7 }), missing),
        (json!({ "exp": now() - leeway - 2 }), "the ticket has expired"),
        (json!({ "exp": 0 }), "the ticket has expired"),
        (json!({ "nbf": now() + leeway + 5 }), "the ticket is not valid yet"),
        (json!({ "nbf": "now" }), unreadable),
        (json!({ "aud": "Sotto" }), "the ticket is for another audience"),
        (json!({ "aud": [] }), "the ticket is for another audience"),
        (json!({ "aud": ["elsewhere"] }), "the ticket is for another audience"),
        (json!({ "iss": "https://issuer.example/" }), "the ticket is of another issuer"),
        (json!({ "iss": ["https://other.example", ISSUER] }), unreadable),
        (json!({ "sub": "" }), "the ticket's sub is empty, or too long"),
        (json!({ "sub": "x".repeat(1025) }), "the ticket's sub is empty, or too long"),
        (json!({ "sotto_budget": "inferences=many/day" }), WRONG_BUDGET),
        (json!({ "sotto_budget": 7 }), WRONG_BUDGET),
        (json!({ "padding": "x".repeat(4000) }), "the ticket is too long"),
    ] {
        is_refused(&issuer, &signer.token(&claims(otherwise)), words);
    }
    assert_ne!(subject("ab", "c"), subject("a", "bc"));
}

#[test]
fn signatures_that_anybody_could_make_are_none() {
    let signer = Signer::new("one");
    let (_folder, issuer) = issuer(&[signer.jwk(), vectors()["keys"]["keys"][0].clone()]);
    let claims = claims(json!({}));
    let unsigned = |header: Value| Ticket::new(&format!("{}.", message(&header, &claims)));
    let unreadable = "the ticket is no JSON Web Token with an algorithm that is known here";
    for none in ["none", "None", "nOnE", ""] {
        is_refused(&issuer, &unsigned(json!({ "alg": none, "kid": "one" })), unreadable);
    }
    is_refused(&issuer, &unsigned(json!({ "kid": "one" })), unreadable);
    is_refused(&issuer, &unsigned(json!({ "alg": "ES256", "kid": "one" })), SIGNATURE);
    // RFC 8725, 2.1: the public key as a shared secret.
    for algorithm in ["HS256", "HS384", "HS512"] {
        let message = message(&json!({ "alg": algorithm, "kid": "one" }), &claims);
        let secret = ::ring::hmac::Key::new(::ring::hmac::HMAC_SHA256, signer.key.public_key().as_ref());
        let tag = ::ring::hmac::sign(&secret, message.as_bytes());
        let token = Ticket::new(&format!("{message}.{}", encoded(tag.as_ref())));
        is_refused(&issuer, &token, "the ticket is signed by an algorithm that is not allowed here");
    }
    // An algorithm of another type of key, and one whose keys are shorter.
    let unknown = "the ticket is signed with a key that is not known here";
    for algorithm in ["RS256", "PS512", "ES384", "EdDSA"] {
        is_refused(&issuer, &signer.sign(&json!({ "alg": algorithm, "kid": "one" }), &claims), unknown);
    }
    // A signature of zeros (CVE-2022-21449).
    let zeros = format!("{}.{}", message(&json!({ "alg": "ES256", "kid": "one" }), &claims), encoded(&[0; 64]));
    is_refused(&issuer, &Ticket::new(&zeros), SIGNATURE);
    // A key that the token brings along, or says where to find.
    let other = Signer::new("other");
    let brought = json!({ "alg": "ES256", "jwk": other.jwk(), "jku": "https://other.example/keys" });
    is_refused(&issuer, &other.sign(&brought, &claims), SIGNATURE);
    let brought = json!({ "alg": "ES256", "kid": "other", "jwk": other.jwk() });
    is_refused(&issuer, &other.sign(&brought, &claims), unknown);
}

#[test]
fn heads_that_say_something_else_are_refused() {
    let signer = Signer::new("one");
    let (_folder, issuer) = issuer(&[signer.jwk(), Signer::new("another").jwk()]);
    let token = |header: Value| signer.sign(&header, &claims(json!({})));
    for right in [
        json!({ "alg": "ES256" }),
        json!({ "alg": "ES256", "typ": "application/at+JWT" }),
        json!({ "alg": "ES256", "typ": "JWT", "kid": "one", "x": 1 }),
    ] {
        assert!(issuer.verify(&token(right.clone())).is_ok(), "{right}");
    }
    let unreadable = "the ticket is no JSON Web Token that can be read";
    for (header, words) in [
        (json!({ "alg": "ES256", "typ": "dpop+jwt" }), "the ticket is a token for something else, as its typ says"),
        (json!({ "alg": "ES256", "crit": ["x"], "x": 1 }), unreadable),
        (json!({ "alg": "ES256", "crit": [] }), unreadable),
        (json!({ "alg": "ES256", "b64": false, "crit": ["b64"] }), unreadable),
        (json!({ "alg": "ES256", "kid": "another" }), SIGNATURE),
        (json!({ "alg": "ES256", "kid": "../../keys" }), "the ticket is signed with a key that is not known here"),
    ] {
        is_refused(&issuer, &token(header), words);
    }
    for text in ["..", "a.b.c", "e30.e30.", "eyJ.eyJ.eyJ", "\u{fc}.\u{fc}.\u{fc}"] {
        let ticket = Ticket::new(text);
        assert!(is_token(&ticket));
        is_refused(&issuer, &ticket, "the ticket is no JSON Web Token with an algorithm that is known here");
    }
    assert!(!is_token(&Ticket::new("sotto_0123")) && !is_token(&Ticket::new("a.b.c.d.e")));
}

#[test]
fn keys_are_rotated_and_what_is_wrong_leaves_the_old_ones() {
    let (old, new) = (Signer::new("2025"), Signer::new("2026"));
    let (folder, issuer) = issuer(&[old.jwk()]);
    let file = folder.path().join("keys.json");
    let write = |text: &str| {
        // Elsewhere first, as an operator should: another file, so that it is noticed within the same moment, too.
        std::fs::write(folder.path().join("new"), text).unwrap();
        std::fs::rename(folder.path().join("new"), &file).unwrap();
    };
    let (by_old, by_new) = (old.token(&claims(json!({}))), new.token(&claims(json!({}))));
    let Bearer { term, .. } = issuer.verify(&by_old).unwrap();
    let unknown = "the ticket is signed with a key that is not known here";
    is_refused(&issuer, &by_new, unknown);
    assert_eq!(issuer.reload(false).unwrap(), None, "nothing has changed");
    write(&json!({ "keys": [old.jwk(), new.jwk()] }).to_string());
    assert_eq!(issuer.reload(false).unwrap(), Some(2));
    assert!(issuer.verify(&by_old).is_ok() && issuer.verify(&by_new).is_ok());
    write("{");
    let error = issuer.reload(false).unwrap_err().to_string();
    assert!(error.contains("keys.json: it is no JSON"), "{error}");
    assert_eq!(issuer.reload(false).unwrap(), None, "it is said once");
    assert!(issuer.reload(true).is_err() && issuer.verify(&by_old).is_ok());
    // A session goes on until its token's time is over, or its key is.
    assert_eq!(issuer.check(&term, now()), Ok(()));
    assert_eq!(issuer.check(&term, now() + 2000).unwrap_err().message(), "the ticket has expired");
    write(&json!({ "keys": [new.jwk()] }).to_string());
    assert_eq!(issuer.reload(false).unwrap(), Some(1));
    is_refused(&issuer, &by_old, unknown);
    let error = issuer.check(&term, now()).unwrap_err();
    assert_eq!(error.message(), "the key that the ticket is signed with is not known here any more");
    std::fs::remove_file(&file).unwrap();
    assert!(issuer.reload(false).is_err() && issuer.verify(&by_new).is_ok());
}

#[test]
fn what_is_no_issuers_key_is_named() {
    let vectors = vectors();
    let key = |otherwise: Value| {
        let mut key = vectors["keys"]["keys"][1].clone();
        for (name, value) in otherwise.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    };
    let set = |keys: Value| KeySet::parse(json!({ "keys": keys }).to_string().as_bytes());
    for (keys, words) in [
        (json!([]), "there is no key in it"),
        (json!([vectors["weak"]["key"]]), "key 'weak': its modulus has 1024 bits, and 2048 to 8192 are allowed"),
        (json!([{ "kty": "oct", "kid": "secret", "k": "c2VjcmV0" }]), "key 'secret' is a private or symmetric key"),
        (json!([key(json!({ "d": "AAAA" }))]), "is a private or symmetric key"),
        (json!([key(json!({ "use": "enc" }))]), "its use is another than sig"),
        (json!([key(json!({ "key_ops": ["sign"] }))]), "its key_ops are without verify"),
        (json!([key(json!({ "alg": "RS256" }))]), "its alg is none that is allowed for its type"),
        (json!([key(json!({ "alg": "HS256" }))]), "its alg is none that is allowed for its type"),
        (json!([key(json!({ "crv": "P-384" }))]), "too short or too long for its curve"),
        (json!([key(json!({ "x": "?" }))]), "its numbers cannot be read"),
        (json!([key(json!({ "crv": "secp256k1" }))]), "its kty is none of EC, RSA and OKP"),
        (json!([{ "kty": "AKP", "kid": "later" }]), "key 'later': its kty is none of EC, RSA and OKP"),
        (json!(["key"]), "key 1 of the file: "),
        (json!(vec![key(json!({})); 33]), "it has 33 keys, and 32 are allowed"),
    ] {
        let why = set(keys).expect_err(words);
        assert!(why.contains(words), "{why}");
    }
    for text in ["", "[]", "{}", "{\"keys\":{}}", "-----BEGIN PUBLIC KEY-----"] {
        assert!(KeySet::parse(text.as_bytes()).is_err(), "{text}");
    }
    // One that is of no use does not make the others useless, and gets no tokens in.
    let (_folder, issuer) = issuer(&[vectors["weak"]["key"].clone(), key(json!({}))]);
    assert_eq!((issuer.keys().len(), issuer.keys().left_out.len()), (1, 1));
    let weak = Ticket::new(vectors["weak"]["token"].as_str().unwrap());
    is_refused(&issuer, &weak, "the ticket is signed with a key that is not known here");
    let es256 = Ticket::new(vectors["tokens"]["ES256"].as_str().unwrap());
    assert!(issuer.verify(&es256).is_ok());
}

#[test]
fn options_that_are_not_enough_are_named() {
    let text = || Some("text".to_owned());
    assert!(JwtOptions::default().load().unwrap().is_none());
    for options in [
        JwtOptions { jwt_issuer: text(), ..JwtOptions::default() },
        JwtOptions { jwt_keys: Some("keys.json".into()), jwt_issuer: text(), jwt_audience: Some(String::new()) },
    ] {
        let error = options.load().unwrap_err().to_string();
        assert!(error.contains("need each other"), "{error}");
    }
    let options = JwtOptions { jwt_keys: Some("no/keys.json".into()), jwt_issuer: text(), jwt_audience: text() };
    let error = options.load().unwrap_err().to_string();
    assert!(error.contains("--jwt-keys no/keys.json: "), "{error}");
}
