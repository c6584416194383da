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
        ("SELECT 'a\\' OR 'hunter2' FROM t", "SELECT ? …"), ("SELECT 'a\\\\', 'hunter2'", "SELECT ?, ?"),
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
            "CREATE FUNCTION f() RETURNS int SET app.k = ? … $$x$$"
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

    @Test(
        "A statement hides none of those that follow it in the same text",
        arguments: [
            ("SET a.b = 1; DELETE FROM orders", "SET a.b = ?; DELETE FROM orders"),
            ("SET a.b = 'x;y', \"z;\"; DROP TABLE t", "SET a.b = ?; DROP TABLE t"),
            (
                "ALTER ROLE x SET y = hunter2; SET z TO hunter2;DELETE FROM o",
                "ALTER ROLE x SET y = ?; SET z TO  ?;DELETE FROM o"
            ),
            ("SELECT ';'; SELECT $$;$$; TRUNCATE t", "SELECT ?; SELECT ?; TRUNCATE t"),
            ("SELECT 1 /* ; */; -- ; SET a = 1;\nDROP TABLE t", "SELECT ?  ; \nDROP TABLE t"),
            ("SELECT 1$$ $$; DELETE FROM o; SELECT $$ $$, 1$$ $$", "SELECT ??; DELETE FROM o; SELECT ?, ??"),
            ("SELECT E'\\'; SELECT hunter2 '; DELETE FROM o", "SELECT E?; DELETE FROM o"),
            (
                "DO $$ BEGIN DELETE FROM o WHERE c = 'hunter2'; SET a.b = hunter2; END $$; DROP TABLE t",
                "DO $$ BEGIN DELETE FROM o WHERE c = ?; SET a.b = ?; END $$; DROP TABLE t"
            ),
            (
                "DO LANGUAGE plpgsql 'BEGIN DELETE FROM o WHERE c = ''hunter2''; END'",
                "DO LANGUAGE plpgsql $$BEGIN DELETE FROM o WHERE c = ?; END$$"
            ),
            (
                "CREATE FUNCTION f(a text DEFAULT $$hunter2$$) RETURNS int LANGUAGE sql AS $$ DELETE FROM o $$",
                "CREATE FUNCTION f(a text DEFAULT ?) RETURNS int LANGUAGE sql AS $$ DELETE FROM o $$"
            ),
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC DELETE FROM o WHERE c = 'hunter2'; SELECT 1; END; DROP TABLE t",
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC DELETE FROM o WHERE c = ?; SELECT ?; END; DROP TABLE t"
            ),
        ])
    func following(text: String, redacted: String) {
        let reading = StatementRedaction.read(text, as: .postgresql)
        #expect(reading.text == redacted && reading.isComplete)
    }

    @Test(
        "Where values and statements cannot be told apart, it is said, and what the language has for words stays",
        arguments: [
            ("SELECT '\\'; DELETE FROM hunter2", "SELECT ? … (DELETE FROM)"),
            (
                "SELECT '\\'; drop/**/table hunter2; grant all on hunter2 to x --'",
                "SELECT ? … (DROP TABLE, GRANT ALL)"
            ),
            (
                "WITH a AS (SELECT 'hunter2\\'), b AS (DELETE FROM hunter2) SELECT '",
                "WITH a AS (SELECT ? … (DELETE FROM, SELECT)"
            ),
            ("SELECT 1 /* DELETE FROM hunter2", "SELECT ? ? … (DELETE FROM)"),
            ("DO LANGUAGE plpython3u $$ hunter2 $$", "DO LANGUAGE plpython3u ?"),
            ("DO E'BEGIN DELETE FROM hunter2; END'", "DO E?"),
            (
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS E'hunter2'",
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS E?"
            ),
        ])
    func unclear(text: String, redacted: String) {
        let reading = StatementRedaction.read(text, as: .postgresql)
        #expect(reading.text == redacted && !reading.isComplete)
    }

    @Test("A password is taken for one by a word, by a URI, and where a name is written in escapes")
    func passwords() {
        for text in [
            "ALTER ROLE x PassWord 'y'", "SELECT dblink('postgres://me:hunter2@h/x')",
            #"OPTIONS (U&"p\0061ssword" 'x')"#,
        ] { #expect(StatementRedaction.mayHoldPassword(text), "\(text)") }
        for text in ["SELECT 'http://a/b:c@d'", "SELECT 'x@y:z'", "SELECT '://'", "SELECT 1"] {
            #expect(!StatementRedaction.mayHoldPassword(text), "\(text)")
        }
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
