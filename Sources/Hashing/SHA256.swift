internal import COpenSSL

/// A SHA-256 in progress (FIPS 180-4), computed by OpenSSL's libcrypto, which uses the processor's instructions for it.
package final class SHA256 {
  private let context: OpaquePointer

  package init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("no memory for a SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Appends bytes to the hashed message.
  package func update(_ bytes: UnsafeRawBufferPointer) {
    let code = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(code == 1, "EVP_DigestUpdate failed")
  }

  /// Appends bytes to the hashed message.
  package func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// The 32 bytes of the digest so far. More bytes may follow.
  package func digest() -> [UInt8] {
    guard let copy = EVP_MD_CTX_new() else { preconditionFailure("no memory for a SHA-256") }
    defer { EVP_MD_CTX_free(copy) }
    var digest = [UInt8](repeating: 0, count: 32)
    let code = EVP_MD_CTX_copy_ex(copy, context) == 1 ? EVP_DigestFinal_ex(copy, &digest, nil) : 0
    precondition(code == 1, "EVP_DigestFinal_ex failed")
    return digest
  }

  /// The digest of one message.
  package static func digest(of message: [UInt8]) -> [UInt8] {
    let hash = SHA256()
    hash.update(message)
    return hash.digest()
  }
}
