//! A CAN bus on the command line: `socketcan:can0`, `slcan:/dev/ttyACM0`.

use blackstart_scenario::Transport;

/// How a bus is written, for people who wrote it otherwise.
const FORMS: &str =
    "write socketcan:INTERFACE[,fd], slcan:PORT[,KBIT/S] or slcan:HOST:PORT[,KBIT/S]";
/// Rate of a bus behind an adapter that is not set to any.
const USUAL_KBPS: u32 = 500;
/// Rate of an adapter's serial line. Adapters on USB do not care.
const USUAL_BAUD: u32 = 115_200;

/// The bus that a word names.
///
/// # Errors
/// What is wrong with the word, and what would be right.
pub fn bus(word: &str) -> Result<Transport, String> {
    let (kind, rest) = word.split_once(':').ok_or_else(|| FORMS.to_owned())?;
    let (place, option) = match rest.split_once(',') {
        Some((place, option)) => (place, Some(option)),
        None => (rest, None),
    };
    if place.is_empty() {
        return Err(FORMS.to_owned());
    }
    let transport = match (kind, option) {
        ("socketcan", None | Some("fd")) => {
            let (interface, fd) = (place.to_owned(), option.is_some());
            Transport::SocketCan { interface, fd, command: None }
        }
        ("slcan", rate) => {
            let rate = rate.map_or(Ok(USUAL_KBPS), |rate| rate.parse().map_err(|_| FORMS))?;
            let line = if place.contains('/') {
                Transport::Serial { path: place.to_owned(), baud: USUAL_BAUD }
            } else {
                Transport::Tcp { address: place.to_owned() }
            };
            Transport::slcan(line, rate).ok_or_else(|| {
                format!("an adapter knows 10, 20, 50, 100, 125, 250, 500, 800 and 1000 kbit/s, not {rate}")
            })?
        }
        _ => return Err(FORMS.to_owned()),
    };
    Ok(transport)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_names_its_bus() {
        for (word, shown) in [
            ("socketcan:can0", "socketcan can0"),
            ("socketcan:can0,fd", "socketcan can0 with FD"),
            ("slcan:/dev/ttyACM0", "slcan at 500 kbit/s over serial /dev/ttyACM0 at 115200 baud"),
            ("slcan:localhost:4000,250", "slcan at 250 kbit/s over tcp localhost:4000"),
        ] {
            assert_eq!(bus(word).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn anything_else_is_shown_what_would_be_right() {
        for word in ["", "can0", "socketcan:", "socketcan:can0,500", "slcan:/dev/x,fast", "tcp:a:1"]
        {
            assert_eq!(bus(word), Err(FORMS.to_owned()), "{word}");
        }
        assert!(bus("slcan:/dev/x,33").unwrap_err().contains("not 33"));
    }
}
