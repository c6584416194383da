import MayflyCore
import Testing

/// No value of a statement is left, whatever it is written like, and what was done is.
@Suite struct StatementRedactionTests {
    @Test(arguments: [
        ("SELECT * FROM t WHERE name = 'Ada' AND id = 7", "SELECT * FROM t WHERE name = ? AND id = ?"),
        ("SELECT 'it''s' || 'x', 1.5e-10, 0xFF, -3", "SELECT ? || ?, ?-?, ?, -?"),
        ("SELECT $1, $23 FROM t1, \"odd \"\"7\"\" name\"", "SELECT $1, $23 FROM t1, \"odd \"\"7\"\" name\""),
        ("SELECT $$hunter2$$, $a$ it's $$ hunter2 $a$ FROM t", "SELECT ?, ? FROM t"),
        ("SELECT E'a\\nhunter2' FROM t", "SELECT E? FROM t"),
        // Whether the quote is escaped is a setting of the session.
        ("SELECT 'a\\' OR 'hunter2' FROM t", "SELECT ? …"), ("SELECT 'a\\\\', 'hunter2'", "SELECT ? …"),
        ("SELECT 1 -- hunter2\nFROM t", "SELECT ? \nFROM t"),
        ("SELECT /* a /* b */ hunter2 */ x", "SELECT   x"),
        ("SELECT 'cut off hunter2", "SELECT ? …"), ("SELECT $x$ hunter2", "SELECT ? …"),
        ("SELECT \"hunter2", "SELECT ? …"),
        ("ALTER ROLE x PASSWORD 'hunter2' VALID UNTIL 'infinity'", "ALTER ROLE x PASSWORD ? VALID UNTIL ?"),
        ("SET app.token TO hunter2", "SET app.token TO  ?"), ("set local x = hunter2, b", "set local x = ?"),
        ("ALTER ROLE x SET app.token = hunter2", "ALTER ROLE x SET app.token = ?"),
        ("ALTER\nROLE r SET app.k = hunter2", "ALTER\nROLE r SET app.k = ?"),
        ("ALTER--\tx\nROLE r SET app.k TO hunter2", "ALTER\nROLE r SET app.k TO  ?"),
        ("ALTER\tROLE r SET app.k = hunter2", "ALTER\tROLE r SET app.k = ?"),
        (
            "CREATE FUNCTION f() RETURNS int SET app.k = hunter2 AS $$x$$",
            "CREATE FUNCTION f() RETURNS int SET app.k = ?"
        ),
        ("SET app.a$b = hunter2", "SET app.a$b = ?"), ("SELECT 1--'a\nhunter2'", "SELECT ?\nhunter2? …"),
        ("UPDATE t SET a = hunter2", "UPDATE t SET a = hunter2"), ("", ""), ("'", "? …"), ("$", "$"),
    ])
    func postgresql(text: String, redacted: String) {
        #expect(StatementRedaction.redact(text, as: .postgresql) == redacted)
    }

    @Test(arguments: [
        ("SELECT \"hunter2\", 'x' FROM `odd 7`", "SELECT ?, ? FROM `odd 7`"),
        ("SELECT 1 # hunter2", "SELECT ? "),
        ("SELECT /*!50000 'hunter2' */ 1", "SELECT   ?"), ("SET GLOBAL x := hunter2", "SET GLOBAL x := ?"),
        ("SELECT 1--'a\nhunter2'", "SELECT ?--?"),
        ("SELECT 1-- hunter2\r'hunter2'\nFROM t", "SELECT ?\nFROM t"),
        ("SELECT 1 --", "SELECT ? "), ("SET PERSIST_ONLY x = hunter2", "SET PERSIST_ONLY x = ?"),
        ("SET @@x = hunter2", "SET @@x = ?"), ("SELECT $$ FROM t", "SELECT $$ FROM t"),
    ])
    func mysql(text: String, redacted: String) {
        #expect(StatementRedaction.redact(text, as: .mysql) == redacted)
    }

    @Test("A megabyte, and what is no text in particular, takes no time to speak of")
    func long() {
        let text =
            "INSERT INTO t VALUES (" + String(repeating: "'hunter2', 7, ", count: 80_000) + "'\u{0}\u{FFFD}')"
        var redacted = ""
        let time = ContinuousClock().measure { redacted = StatementRedaction.redact(text, as: .postgresql) }
        #expect(!redacted.contains("hunter2") && redacted.hasPrefix("INSERT INTO t VALUES (?, ?"))
        #expect(time < .seconds(5))
    }
}
