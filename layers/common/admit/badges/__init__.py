"""QR codes and badges, as pictures and on paper; they know faces and no tickets."""
