package import MayflyCore
package import MayflyCrypto

/// Where the broker gets the key from that second factors are sealed with: read at the start and at each reload.
///
/// - Throws: what is wrong with the key file, safe to show.
package typealias SealingKeySource = @Sendable (MFATerms) throws -> SealingKey
