import MayflyCrypto
import MayflyServer

/// Keys and addresses by the names of files that are none.
struct FakeSecrets: DeliverySecrets {
    static let key = Array("0123456789abcdef".utf8)
    var lines: [String: String] = [:]

    func key(in file: String) throws(DeliveryFailure) -> HMACKey {
        guard file == "/key" else { throw .file("there is no \(file)") }
        do {
            return try HMACKey(copying: Self.key)
        } catch { throw .internal }
    }

    func line(in file: String) throws(DeliveryFailure) -> String {
        guard let line = lines[file] else { throw .file("there is no \(file)") }
        return line
    }
}
