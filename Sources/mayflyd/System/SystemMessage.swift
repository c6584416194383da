import Glibc

/// strerror(3) of an errno.
struct SystemMessage: CustomStringConvertible {
    let description: String

    init(_ number: Int32) {
        var buffer = [CChar](repeating: 0, count: 256)
        // The XSI form, which this module imports, fills the buffer.
        guard strerror_r(number, &buffer, buffer.count) == 0 else {
            description = "error \(number)"
            return
        }
        description = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
