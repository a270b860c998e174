//! A browser without a screen, spoken to over two pipes in the words of its developer tools: NUL ends a
//! message. Nothing is downloaded, and no port is opened.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// Programs that are this browser, the lightest first.
const PROGRAMS: [&str; 3] = ["chromium-headless-shell", "chromium", "chromium-browser"];

/// A browser with one page.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    last: u64,
    /// What went wrong on the page, and what it asked the network for.
    pub complaints: Vec<String>,
}

impl Browser {
    /// Starts it; nothing where the machine has none, which the test's output then says.
    pub fn start() -> Option<Self> {
        let program = PROGRAMS.into_iter().find(|program| {
            let asked = Command::new(program).arg("--version").output();
            asked.is_ok_and(|output| output.status.success())
        });
        let Some(program) = program else {
            assert!(
                std::env::var_os("BLACKSTART_REQUIRE_BROWSER").is_none(),
                "there is no browser"
            );
            eprintln!("skipped: there is no Chromium to click pages in");
            return None;
        };
        // The pipes are to be its files 3 and 4.
        let script = format!(
            "exec {program} --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
             --hide-scrollbars --remote-debugging-pipe about:blank 3<&0 4>&1 2>/dev/null"
        );
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (from, complaints) = (BufReader::new(from), Vec::new());
        let mut browser = Self { child, to, from, session: None, last: 0, complaints };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attached = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attached);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        let answer = self.try_call(method, parameters);
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// The same of what may come to nothing, because the page is about to be another one.
    fn try_call(&mut self, method: &str, parameters: Value) -> Result<Value, Value> {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).expect("the browser listens");
        loop {
            let mut bytes = Vec::new();
            self.from.read_until(0, &mut bytes).expect("the browser answers");
            assert_eq!(bytes.pop(), Some(0), "the browser is gone");
            let message: Value = serde_json::from_slice(&bytes).expect("JSON");
            if message["id"] == self.last {
                return match &message["error"] {
                    Value::Null => Ok(message["result"].clone()),
                    error => Err(error.clone()),
                };
            }
            self.hear(&message);
        }
    }

    fn hear(&mut self, message: &Value) {
        let parameters = &message["params"];
        match message["method"].as_str() {
            Some("Runtime.exceptionThrown") => self.complaints.push(parameters.to_string()),
            Some("Log.entryAdded") if parameters["entry"]["level"] == "error" => {
                self.complaints.push(parameters.to_string());
            }
            Some("Network.requestWillBeSent") => {
                let url = parameters["request"]["url"].as_str().unwrap_or_default();
                if !["file:", "data:", "blob:", "about:"].iter().any(|own| url.starts_with(own)) {
                    self.complaints.push(format!("it asks the network for {url}"));
                }
            }
            _ => {}
        }
    }

    /// Opens a file and waits until its scripts have done; how long that took in seconds by the page's own
    /// clock.
    pub fn open(&mut self, path: &Path) -> f64 {
        let path = path.canonicalize().expect("a page");
        self.call("Page.navigate", json!({"url": format!("file://{}", path.display())}));
        self.until("document.body && document.body.dataset.ready === 'yes'");
        self.ask("performance.getEntriesByType('navigation')[0].duration").as_f64().unwrap() / 1e3
    }

    /// What an expression comes to on the page.
    pub fn ask(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub fn until(&mut self, expression: &str) {
        let asked = json!({"expression": expression, "returnByValue": true});
        for _ in 0..3000 {
            let answer = self.try_call("Runtime.evaluate", asked.clone()).unwrap_or_default();
            if answer["result"]["value"] == json!(true) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("never: {expression}");
    }

    /// Clicks in the middle of what a selector finds first, as a mouse does.
    pub fn click(&mut self, selector: &str) {
        let place = self.ask(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{block: 'center'}}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        self.mouse(&["mouseMoved", "mousePressed", "mouseReleased"], &place[0], &place[1]);
    }

    /// Moves the mouse to a share of the width of what a selector finds first.
    pub fn hover(&mut self, selector: &str, share: f64) {
        let place = self.ask(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{block: 'center'}}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width * {share}, r.y + r.height / 2]; }})()"
        ));
        self.mouse(&["mouseMoved"], &place[0], &place[1]);
    }

    fn mouse(&mut self, sorts: &[&str], x: &Value, y: &Value) {
        for sort in sorts {
            let event = json!({"type": sort, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Presses a key.
    pub fn press(&mut self, key: &str) {
        let text = if key.chars().count() == 1 { key } else { "" };
        self.call("Input.dispatchKeyEvent", json!({"type": "keyDown", "key": key, "text": text}));
        self.call("Input.dispatchKeyEvent", json!({"type": "keyUp", "key": key}));
    }

    /// A window of this size, of a phone where it is narrow.
    pub fn resize(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// As somebody sees it who likes it dark.
    pub fn darken(&mut self) {
        let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
        self.call("Emulation.setEmulatedMedia", dark);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
