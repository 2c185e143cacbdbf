module.exports = require("./producer.js");
