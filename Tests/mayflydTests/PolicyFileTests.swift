import Foundation
import Testing

@testable import mayflyd

/// The file that holds the policy must be nobody else's to change.
@Suite struct PolicyFileTests {
    private func complaint(_ sample: SampleConfiguration, _ name: String) -> String {
        do {
            _ = try ConfigurationFile.load(
                path: sample.directory + "/" + name, environment: sample.environment)
            return ""
        } catch {
            return error.description.replacing(sample.directory, with: "DIRECTORY")
        }
    }

    @Test(
        "A file that others may write is refused",
        arguments: [
            (0o600, ""), (0o644, ""),
            (
                0o664,
                "DIRECTORY/c.yaml: may be written by its group (mode 0664) — chmod go-w DIRECTORY/c.yaml"
            ),
            (
                0o666,
                "DIRECTORY/c.yaml: may be written by everybody (mode 0666) — chmod go-w DIRECTORY/c.yaml"
            ),
        ])
    func mode(_ mode: Int, _ expected: String) throws {
        let sample = try SampleConfiguration()
        try sample.write(sample.text, to: "c.yaml", mode: mode)
        #expect(complaint(sample, "c.yaml") == expected)
    }

    @Test("A missing file, a directory, a pipe, a huge file and a file that is no text are refused")
    func aMissingFileADirectoryA()
        throws
    {
        let sample = try SampleConfiguration()
        #expect(complaint(sample, "none.yaml").contains("cannot be read: No such file or directory"))
        #expect(complaint(sample, ".").contains("is not a regular file"))
        #expect(mkfifo(sample.directory + "/pipe", 0o600) == 0)
        #expect(complaint(sample, "pipe").contains("is not a regular file"))
        try sample.write(
            String(repeating: "#", count: PolicyFile.maximumBytes + 1), to: "huge.yaml", mode: 0o600)
        #expect(complaint(sample, "huge.yaml").contains("is larger than 1048576 bytes"))
        try Data([0x61, 0x3A, 0x20, 0xFF]).write(to: URL(fileURLWithPath: sample.directory + "/latin.yaml"))
        #expect(chmod(sample.directory + "/latin.yaml", 0o600) == 0)
        #expect(complaint(sample, "latin.yaml").contains("is not UTF-8 text"))
    }
}
