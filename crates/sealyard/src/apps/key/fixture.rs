//! Keys and signed texts for tests: made once in a process, or by `openssl`.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaEncoding};
use base64ct::{Base64, Encoding as _};

use super::{PrivateKey, PublicKey, generate};

/// When the signed texts below are valid: 2026-11-20T10:00:00Z, in seconds since 1970.
pub(in crate::apps) const NOW_S: i64 = 1_795_168_800;

/// A key as its app has it.
pub(in crate::apps) struct AppKey {
    pub(in crate::apps) private: PrivateKey,
    pub(in crate::apps) public: PublicKey,
    pair: KeyPair,
}

impl AppKey {
    fn generate() -> Self {
        let (private, public) = generate().expect("a key");
        let base64: String = private
            .reveal()
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        let der = Base64::decode_vec(&base64).expect("base64");
        let pair = KeyPair::from_der(&der).expect("PKCS#1");
        Self {
            private,
            public,
            pair,
        }
    }

    pub(in crate::apps) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_as(&RSA_PKCS1_SHA256, message)
    }

    pub(in crate::apps) fn sign_as(
        &self,
        encoding: &'static dyn RsaEncoding,
        message: &[u8],
    ) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(encoding, &SystemRandom::new(), message, &mut signature)
            .expect("a signature");
        signature
    }
}

/// An app's first key.
pub(in crate::apps) fn first() -> &'static AppKey {
    static KEY: OnceLock<AppKey> = OnceLock::new();
    KEY.get_or_init(AppKey::generate)
}

/// The same app's second key, or another app's.
pub(in crate::apps) fn second() -> &'static AppKey {
    static KEY: OnceLock<AppKey> = OnceLock::new();
    KEY.get_or_init(AppKey::generate)
}

/// What `openssl rsa -pubout` wrote of a key of 2048 bits.
pub(in crate::apps) const OPENSSL_SPKI: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyMdNOe/zADWHx9tTBHp6
PmFgj/wipJtShx3oDFFn6xDf6ADrJ5XpxTOQQSMwh0X6NGr/8+QHuquOd2Z1AEtQ
u5FRrrAgA17pfZGH7LQdr5KGhAwfp0Q70P3SNQmF0sRcl1e+4t/7WDr03Urqr4Lp
wZ36s+C3RHcXwzK1NMdAMCahPoxYYlblttfMj4EqC87zEtVxbpJTM3Jz2UHuSX0v
o/cWGp/sulHwVkZYV/R2T2eVj2b4ZeRvrxS9tZ/4SUgCbRdbekC88uR0xWyHqj/7
mkSifiI5KCck29Amt0M4wNR8ru3H2k+amZidaqqhf3RrDyFMv0MpmKfvvmmriK1z
HQIDAQAB
-----END PUBLIC KEY-----
";

/// What `openssl rsa -RSAPublicKey_out` wrote of the same key.
pub(in crate::apps) const OPENSSL_PKCS1: &str = "\
-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAyMdNOe/zADWHx9tTBHp6PmFgj/wipJtShx3oDFFn6xDf6ADrJ5Xp
xTOQQSMwh0X6NGr/8+QHuquOd2Z1AEtQu5FRrrAgA17pfZGH7LQdr5KGhAwfp0Q7
0P3SNQmF0sRcl1e+4t/7WDr03Urqr4LpwZ36s+C3RHcXwzK1NMdAMCahPoxYYlbl
ttfMj4EqC87zEtVxbpJTM3Jz2UHuSX0vo/cWGp/sulHwVkZYV/R2T2eVj2b4ZeRv
rxS9tZ/4SUgCbRdbekC88uR0xWyHqj/7mkSifiI5KCck29Amt0M4wNR8ru3H2k+a
mZidaqqhf3RrDyFMv0MpmKfvvmmriK1zHQIDAQAB
-----END RSA PUBLIC KEY-----
";

/// What GitHub's recipe for `openssl` says of the same key.
pub(in crate::apps) const OPENSSL_FINGERPRINT: &str =
    "SHA256:+wJFCW6OwFE+hV9FRcmIIjI4VW9gpaJsjsb8enP8SoI=";

/// What `openssl dgst -sha256 -sign` made of the claims
/// `{"iat":1795168740,"exp":1795169400,"iss":"42"}` with the same key.
pub(in crate::apps) const OPENSSL_JWT: &str = "\
    eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3OTUxNjg3NDAsImV4cCI6MTc5NTE2OTQwMCwiaXNzI\
    joiNDIifQ.xMBPINeFk_vPdvgZqAcoC4dtG1ctITtE6J8Vgwja_6ES-Vebz5BtoPtbxprTFe5IIG1DxsmgZXwvmDvz\
    g7wuVHDbnQltRIiz2CgPt6peC2TaziVvYYzTm-gxs2oNdr7qXDvgULS3tLRKArYR5R73hKnQyUgFw_t1mHUJ402S8n\
    Reo8-OdcfaZfetRp05Z1tanckqay-c8vNJfR61ZPtIy9yImC9-34zvyismvQIK8hA-IFyJjD5sv6DI09QH9J2vGi_E\
    niVDPFafGWcdVFAPXFro06mv8A2SF2OH6NJPd499czWmjCgsWucB1AQ36WW5dZcU_EpO14WIE3iwwLcZ1g";

/// A key of 1024 bits.
pub(in crate::apps) const SHORT_SPKI: &str = "\
-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCkQgAY9Gi1c64T8lHavOKmF0Td
TJ/52aeizykWKURtaUPqCSkKu90BsFyaqKbsRtgCi8IzVGvgwn1n5rvx75U3V0yf
0k6e9oBs2E+BjLzihZr24CQsRCbG4NKN3Qnw2XjllnuW+aFklytz+EuiKPBBT/L2
PHLByBuHuiP48+pTlwIDAQAB
-----END PUBLIC KEY-----
";

/// The same claims, signed with the key of 1024 bits.
pub(in crate::apps) const SHORT_JWT: &str = "\
    eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3OTUxNjg3NDAsImV4cCI6MTc5NTE2OTQwMCwiaXNzI\
    joiNDIifQ.AKSvgBHkCCKYdI5RjHdteCBytO19HeWSXARMIiMSvs8e-syBzG3abgwwthu6CjsjV_LrK16Ykiv2G49u\
    BEf6FySaH-FDnHIlSAgcYr5RmHnYbp3atOWWjlv1jZcD0jn65VwgCFVDVRLPyH6Y_JfobHEzj-hCGsBd5ENpkTBo9w\
    0";

/// A key for ECDSA.
pub(in crate::apps) const P256_SPKI: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtnuHTv/FWUFf0/rXlZnEoysjaJzP
vYRVoZciH92qQ6AcV0zPqL8AgQmIbmrEO6/GTu6wMVu2fJ8m4IsD86bYrg==
-----END PUBLIC KEY-----
";

/// A key for Ed25519.
pub(in crate::apps) const ED25519_SPKI: &str = "\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAD2fu+0wtqnnRtVmtwvK7NEUKehkYCb/4KAyB01vv51M=
-----END PUBLIC KEY-----
";

/// An RSA key that may be used for RSASSA-PSS only.
pub(in crate::apps) const PSS_SPKI: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIDALBgkqhkiG9w0BAQoDggEPADCCAQoCggEBAOsFfoEgtZ4OZUZICf6VO8De
dFBXCHexDxRci92Xbly2X6wnP0MOsIJ00pySfu61AQn2htCTOulsyd1jNagdJdK2
M6Twnle28Wd3yySS1dKH+cqJB/JNOy34YlUPoFApq4zG7xe2veqyTL4yBkg/+R2t
GKOduWpdh08TJWQgB+9RkL0G1Xvq9FnMlt5UfsBwE57pUGyV17aMiLl/6t+pcq2c
RIN9I3m6901MkckNl5mx8lEM68AU7Bkq29RcAWUi9FUeW28spzmPbi45a/jQR5uE
l6IIxfV1/NcbqASzodJPiMAnuwcdW1L2KgjFuo+opkKDW8EPXP5iSNv1Oc+R7T0C
AwEAAQ==
-----END PUBLIC KEY-----
";

/// An RSA key of 2048 bits with the exponent 3.
pub(in crate::apps) const EXPONENT_3_SPKI: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIDANBgkqhkiG9w0BAQEFAAOCAQ0AMIIBCAKCAQEA7hI/PPAdU7H2B5gRRnqW
yZJrwhGqNelq8cC7WhF/sN1Jk/d07t1gUSbSshv4hvFoUZ24HaKBW5h2dRJFWg6K
px16KKSamP3KbH5NS6zVx6OfK/txk4vFe2awRZl2VC+pFfvQxwHhpJVVYeLMbOy5
IcVak6C8TmxkY/qYC8ncBwQ0H0JGONeMHCt7GT6Btxa/U/zKN3Kjcz47FbwFkH2V
0Xe5e0gEaho9u4/p0OIZa/fIdHBnfm1dcANvwAU1cpnKyz33cL/97k2iQj8wPOzU
kGX70xhTgImcLCzlcB8ShYcOswHr8ACweIHCNgwwv6aNGv7wLU56jbLcz04ugpeQ
AQIBAw==
-----END PUBLIC KEY-----
";
