//! Why there is no connection, in words that say what to do.

use std::error::Error;
use std::io;

use sotto_server::printable;
use tokio_rustls::rustls::{self, AlertDescription, CertificateError, InvalidMessage};

/// An error with what caused it: TLS's own words, wherever they are among its sources.
pub(super) fn words(error: &(dyn Error + 'static)) -> String {
    match tls(error) {
        Some(error) => tls_words(error),
        None => error.to_string(),
    }
}

/// The error of TLS that is behind an error.
pub(super) fn tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // The source of an I/O error is that of the error within, not that error.
        let within = error.downcast_ref().and_then(io::Error::get_ref);
        next = match within {
            Some(within) => Some(within),
            None => error.source(),
        };
    }
    None
}

fn tls_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(why) => certificate_words(why),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            "what answers there does not speak TLS: plain HTTP is asked with ws://, where the network can be trusted"
                .into()
        }
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired => {
                "it asks for a client's certificate: --client-certificate and --client-key".into()
            }
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::UnsupportedCertificate => {
                format!("it does not accept the client's certificate, or needs one ({alert:?})")
            }
            alert => format!("it refused the TLS handshake ({alert:?})"),
        },
        other => format!("TLS: {}", printable(&other.to_string())),
    }
}

fn certificate_words(why: &CertificateError) -> String {
    let printed = || printable(&why.to_string());
    match why {
        // The latter when an authority of that name is trusted, and it is another one.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate is of an issuer that is not trusted here; an authority of your own is given with --ca FILE"
                .into()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("its certificate has expired ({})", printed())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("its certificate is not valid yet; is this machine's clock right? ({})", printed())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("its certificate is for another name ({})", printed())
        }
        _ => format!("its certificate cannot be accepted ({})", printed()),
    }
}
