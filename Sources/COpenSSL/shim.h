// libcrypto of OpenSSL 3: https://docs.openssl.org/3.0/man7/crypto/
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
