package import MayflyCrypto

/// Where couriers read keys and secret addresses from: at each delivery, so that they can be changed without a restart.
package protocol DeliverySecrets: Sendable {
    func key(in file: String) throws(DeliveryFailure) -> HMACKey
    /// The file's one line.
    func line(in file: String) throws(DeliveryFailure) -> String
}
