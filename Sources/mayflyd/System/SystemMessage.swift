import Glibc

/// strerror(3) of an errno.
struct SystemMessage: CustomStringConvertible {
    let description: String

    init(_ number: Int32) {
        var buffer = [CChar](repeating: 0, count: 256)
        // GNU's strerror_r may leave the buffer alone and return a static text.
        guard let text = strerror_r(number, &buffer, buffer.count) else {
            description = "error \(number)"
            return
        }
        description = String(cString: text)
    }
}
