import "../page";
