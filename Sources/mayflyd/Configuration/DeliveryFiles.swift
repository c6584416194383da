import MayflyCore
import MayflyCrypto
import MayflyServer
import SQLClients

/// Reads the keys and secret addresses of notification targets, each time from files that were looked at again.
struct DeliveryFiles: DeliverySecrets {
    let environment: ConfigurationEnvironment

    func key(in file: String) throws(DeliveryFailure) -> HMACKey {
        do {
            return try read(file).withBytes { bytes throws(CryptoFailure) in try HMACKey(copying: bytes) }
        } catch let error as DeliveryFailure { throw error } catch { throw .file("\(file) holds no key") }
    }

    func line(in file: String) throws(DeliveryFailure) -> String {
        try read(file).withBytes { bytes in String(decoding: bytes, as: UTF8.self) }
    }

    private func read(_ file: String) throws(DeliveryFailure) -> AccountPassword {
        do {
            let read = try PasswordReader(source: .file(file), environment: environment).password()
            guard let read else { throw DeliveryFailure.file("\(file) is empty") }
            return read
        } catch let error as EngineFailure {
            throw .file(error.publicDescription)
        } catch { throw .file("\(file) cannot be read") }
    }
}
