//! One order, from the account to the certificate.
//!
//! # Source
//!
//! RFC 8555, 7.1: account, order, an authorization for each name, a challenge of each, the
//! certificate. 8.3: the proof by HTTP.

use std::error::Error as _;

use instant_acme::{
    Account, AuthorizationHandle, AuthorizationStatus, ChallengeType, Error, Identifier,
    NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};

use super::keep::{self, Made};
use super::{Acme, Failure};
use crate::config::AcmeSettings;
use crate::core::probes::machine::quote::quote;

/// What is asked for where the authority did not see its proof.
const NOT_SEEN: &str = "sudo alamor check --from firewall";

/// What is asked for where the authority is not reached.
const NOT_REACHED: &str = "look whether TLS_ACME_DIRECTORY can be reached from this machine";

/// What an authority says that does not know an account (RFC 8555, 6.7).
const UNKNOWN_ACCOUNT: &str = "urn:ietf:params:acme:error:accountDoesNotExist";

/// How often the state of an order is asked for, and for how long.
const PATIENCE: RetryPolicy = RetryPolicy::new()
    .initial_delay(std::time::Duration::from_millis(250))
    .timeout(std::time::Duration::from_secs(90));

/// Orders a certificate with a key of its own.
pub(super) async fn run(acme: &Acme) -> Result<Made, Failure> {
    let settings = &acme.settings;
    let made = order(acme).await;
    made.map_err(|error| match error {
        Stopped::By(Error::Api(problem)) if problem.r#type.as_deref() == Some(UNKNOWN_ACCOUNT) => {
            keep::forget_account(settings);
            let what = "the authority does not know our account any more: another one is made";
            Failure { what: what.to_owned(), fix: super::LOGS }
        }
        Stopped::By(error) => failure(&error),
        Stopped::With(failure) => failure,
    })
}

/// Why an order does not go on.
enum Stopped {
    By(Error),
    With(Failure),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::By(error)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::With(failure)
    }
}

async fn order(acme: &Acme) -> Result<Made, Stopped> {
    let settings = &acme.settings;
    let account = open_account(settings).await?;
    let names: Vec<Identifier> = settings.names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await?;
    prove(acme, &mut order).await?;
    match order.poll_ready(&PATIENCE).await {
        Ok(OrderStatus::Ready) => {}
        // The order says that it failed; the authorizations say why.
        Ok(_) | Err(Error::Api(_)) => return Err(refused(&mut order).await.into()),
        Err(error) => return Err(error.into()),
    }
    let (key, request) = request(settings).map_err(|error| Failure {
        what: format!("the request for a certificate cannot be made: {error}"),
        fix: "report this as a defect of alamor",
    })?;
    order.finalize_csr(&request).await?;
    let chain = order.poll_certificate(&PATIENCE).await?;
    Ok(Made { chain, key: key.serialize_pem().into() })
}

/// The account that is kept, or a new one.
async fn open_account(settings: &AcmeSettings) -> Result<Account, Stopped> {
    if let Some(credentials) = keep::find_account(settings) {
        return Ok(Account::builder()?.from_credentials(credentials).await?);
    }
    let contact = format!("mailto:{}", settings.contact);
    let new = NewAccount {
        contact: &[&contact],
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let directory = settings.directory.to_string();
    let (account, credentials) = Account::builder()?.create(&new, directory, None).await?;
    keep::account(settings, credentials)?;
    Ok(account)
}

/// Lays out the proof for each name, and tells the authority to look.
async fn prove(acme: &Acme, order: &mut Order) -> Result<(), Stopped> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let Some(mut challenge) = authorization.challenge(ChallengeType::Http01) else {
            let what = "the authority takes no proof by HTTP for this name".to_owned();
            return Err(Failure { what, fix: "order a certificate with certbot instead" }.into());
        };
        let answer = challenge.key_authorization().as_str().to_owned();
        acme.proofs().insert(challenge.token.clone(), answer);
        challenge.set_ready().await?;
    }
    Ok(())
}

/// What the authority did not like, name by name.
async fn refused(order: &mut Order) -> Failure {
    let mut reasons = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        reasons.extend(reason(&mut authorization).await);
    }
    let what = match reasons.as_slice() {
        [] => "the authority refused the order and did not say why".to_owned(),
        reasons => reasons.join("; "),
    };
    Failure { what, fix: NOT_SEEN }
}

/// Why a name was not proved to be ours.
async fn reason(authorization: &mut AuthorizationHandle<'_>) -> Option<String> {
    let state = authorization.refresh().await.ok()?;
    if state.status != AuthorizationStatus::Invalid {
        return None;
    }
    let problem = state.challenges.iter().find_map(|challenge| challenge.error.as_ref())?;
    let detail = problem.detail.as_deref().unwrap_or("no reason was given");
    Some(format!("{}: {}", state.identifier(), quote(detail)))
}

/// A key, and the request for a certificate of it.
fn request(settings: &AcmeSettings) -> Result<(KeyPair, Vec<u8>), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(settings.names.clone())?;
    params.distinguished_name = DistinguishedName::new();
    let request = params.serialize_request(&key)?;
    Ok((key, request.der().to_vec()))
}

/// An error with what is behind it: the library's own text stops at the first layer.
fn failure(error: &Error) -> Failure {
    if let Error::Api(problem) = error {
        let detail = problem.detail.as_deref().unwrap_or("no reason was given");
        return Failure {
            what: format!("the authority refuses: {}", quote(detail)),
            fix: super::LOGS,
        };
    }
    let mut text = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        text = format!("{text}: {error}");
        behind = error.source();
    }
    Failure { what: format!("the authority is not reached: {}", quote(&text)), fix: NOT_REACHED }
}
